namespace Kestrel.Streams.Samples.WebHost.Chat;

/// <summary>The last thing heard of each sender, so that what comes twice, or after something later, is dropped.</summary>
/// <remarks>Whoever uses it has a lock.</remarks>
internal sealed class SeenEvents
{
    /// <summary>Senders that have left and are remembered, for what comes once more.</summary>
    private const int MostGone = 10_000;

    private readonly Dictionary<(string Node, string Sender), long> _last = [];
    private readonly Queue<(string Node, string Sender)> _gone = new();

    /// <summary>Notes an event; false when it, or a later one of its sender, was noted before.</summary>
    public bool Note(ChatEvent happened)
    {
        var sender = (happened.Stamp.Node, happened.Stamp.Sender);
        if (_last.TryGetValue(sender, out var last) && happened.Stamp.Sequence <= last) return false;
        _last[sender] = happened.Stamp.Sequence;
        if (happened is Left) Forget(sender);
        return true;
    }

    /// <summary>Nothing new will come of a sender: he is remembered for a while.</summary>
    public void Forget((string Node, string Sender) sender)
    {
        _gone.Enqueue(sender);
        if (_gone.Count > MostGone) _last.Remove(_gone.Dequeue());
    }
}
