namespace Kestrel.Streams.Samples.WebHost.Chat.RabbitMq;

/// <summary>The nodes of the log: how far each has written, and when it was heard of.</summary>
/// <remarks>Whoever uses it has a lock. A node that is lost stays: should it come back, it sends again what is here already.</remarks>
internal sealed class NodeTable(TimeProvider time)
{
    private readonly Dictionary<string, Node> _nodes = [];
    // Of earlier runs too: a log that is read from its beginning once more has them before the one that goes on.
    private readonly Dictionary<(string Node, string Run), long> _numbers = [];

    /// <summary>Notes an entry; false when it is known.</summary>
    public bool Note(EntryMark mark)
    {
        if (mark.Number <= _numbers.GetValueOrDefault((mark.Node, mark.Run))) return false;
        _numbers[(mark.Node, mark.Run)] = mark.Number;
        if (!_nodes.TryGetValue(mark.Node, out var node)) _nodes.Add(mark.Node, node = new Node());
        (node.Run, node.IsGone, node.Heard) = (mark.Run, false, time.GetTimestamp());
        return true;
    }

    /// <summary>A sign of life.</summary>
    public void Hear(string name)
    {
        if (_nodes.TryGetValue(name, out var node)) node.Heard = time.GetTimestamp();
    }

    /// <summary>After a time in which nobody could be heard: each gets a new chance.</summary>
    public void HearAll()
    {
        foreach (var node in _nodes.Values) node.Heard = time.GetTimestamp();
    }

    /// <summary>Notes a loss; false when it was known, or that run has been followed by another.</summary>
    public bool Lose(string name, string run)
    {
        if (!_nodes.TryGetValue(name, out var node) || node.Run != run || node.IsGone) return false;
        node.IsGone = true;
        return true;
    }

    /// <summary>Those that are not known to be lost, and of which nothing was heard for so long.</summary>
    public IReadOnlyList<(string Node, string Run)> Silent(TimeSpan since, string except) =>
        [.. _nodes.Where(entry => entry.Key != except && !entry.Value.IsGone && time.GetElapsedTime(entry.Value.Heard) > since).Select(entry => (entry.Key, entry.Value.Run))];

    private sealed class Node
    {
        public string Run { get; set; } = "";

        public long Heard { get; set; }

        public bool IsGone { get; set; }
    }
}
