namespace Kestrel.Streams.Samples.WebHost.Chat;

/// <summary>A chat of one node: all that lies between is memory.</summary>
internal sealed class MemoryChatBackplane(ChatOptions options) : ChatBackplane
{
    private readonly Lock _gate = new();
    private readonly HashSet<string> _names = new(StringComparer.OrdinalIgnoreCase);
    private readonly ChatHistory _history = new(options);
    private IChatNode? _node;

    public override string Node => options.Node;

    public override string? Trouble => null;

    public override Task StartAsync(IChatNode node, CancellationToken cancellationToken)
    {
        _node = node;
        return Task.CompletedTask;
    }

    public override ValueTask<bool> PublishAsync(ChatEvent happened, CancellationToken cancellationToken)
    {
        lock (_gate)
        {
            if (happened is Said line) _history.Add(line);
            _node?.Receive(happened);
            return new(true);
        }
    }

    public override ValueTask<IReadOnlyList<Said>> HistoryAsync(string room, CancellationToken cancellationToken)
    {
        lock (_gate) return new(_history.Of(room));
    }

    public override ValueTask<NameClaim> ClaimAsync(string name, CancellationToken cancellationToken)
    {
        lock (_gate) return new(_names.Add(name) ? NameClaim.Granted : NameClaim.Taken);
    }

    public override ValueTask ReleaseAsync(string name)
    {
        lock (_gate) _names.Remove(name);
        return ValueTask.CompletedTask;
    }

    public override ValueTask DisposeAsync() => ValueTask.CompletedTask;
}
