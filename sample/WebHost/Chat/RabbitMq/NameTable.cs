namespace Kestrel.Streams.Samples.WebHost.Chat.RabbitMq;

/// <summary>Which node has which names.</summary>
/// <remarks>Whoever uses it has a lock.</remarks>
internal sealed class NameTable
{
    private readonly Dictionary<string, string> _nodes = new(StringComparer.OrdinalIgnoreCase);

    /// <summary>Gives a free name to a node.</summary>
    public bool TryTake(string name, string node) => _nodes.TryAdd(name, node);

    /// <summary>Leaves a name with its node, also where it had become free meanwhile; false when another node has it.</summary>
    public bool Keep(string name, string node) => TryTake(name, node) || _nodes[name] == node;

    public void Release(string name, string node)
    {
        if (_nodes.TryGetValue(name, out var owner) && owner == node) _nodes.Remove(name);
    }

    public void ReleaseAll(string node)
    {
        foreach (var (name, _) in _nodes.Where(entry => entry.Value == node).ToList()) _nodes.Remove(name);
    }
}
