namespace Kestrel.Streams.Samples.WebHost.Chat.RabbitMq;

/// <summary>
/// What the log says, entry by entry. Names, losses and history depend on it alone, so that all nodes which have read as far agree without
/// asking each other.
/// </summary>
internal sealed class LogReader(EntryMark self, IChatNode node, Outbox outbox, ChatOptions options, TimeProvider time)
{
    private readonly Lock _gate = new();
    private readonly ChatHistory _history = new(options);
    private readonly NameTable _names = new();
    private readonly NodeTable _nodes = new(time);
    private readonly Dictionary<long, TaskCompletionSource<NameClaim>> _claims = [];
    // What was said before the node came is history, and none of the rooms' business.
    private bool _isFollowing;
    private string? _trouble = $"the broker has not answered yet. {WhatWaits(options)}";
    private long _hello;

    /// <summary>Why the node does not hear of the others; null while it does.</summary>
    public string? Trouble => Volatile.Read(ref _trouble);

    /// <summary>Says that the node is there. When it reads that itself, it has read all that was written before.</summary>
    public void Hello()
    {
        lock (_gate) _hello = SayHere(asks: !_isFollowing).Number;
    }

    public IReadOnlyList<Said> History(string room)
    {
        lock (_gate) return _history.Of(room);
    }

    /// <summary>Asks for a name: the answer comes with the log.</summary>
    public async ValueTask<NameClaim> ClaimAsync(string name, CancellationToken cancellationToken)
    {
        var answer = new TaskCompletionSource<NameClaim>(TaskCreationOptions.RunContinuationsAsynchronously);
        lock (_gate)
        {
            if (_trouble is not null) return NameClaim.Unknown;
            _claims.Add(outbox.Add(mark => new NameClaimed(mark, name)).Number, answer);
        }

        await using var given = cancellationToken.Register(() => answer.TrySetCanceled(cancellationToken));
        return await answer.Task;
    }

    public void Take(LogEntry entry)
    {
        lock (_gate)
        {
            if (!_nodes.Note(entry.Mark)) return;
            var isOwn = entry.Mark.Run == self.Run;
            switch (entry)
            {
                case Happened { What: var what }:
                    if (what is Said line) _history.Add(line);
                    if (what is Renamed renamed) Keep(renamed.Name, entry.Mark.Node, isOwn);
                    if (_isFollowing || isOwn) node.Receive(what);
                    break;
                case NodeHere here:
                    TakeHere(here, isOwn);
                    break;
                case NodeLost lost when _nodes.Lose(lost.Node, lost.Run):
                    _names.ReleaseAll(lost.Node);
                    // Whoever reads of his own loss was cut off for a while.
                    if (lost.Run == self.Run) SayHere(asks: false);
                    else if (_isFollowing) node.ReceiveLoss(lost.Node);
                    break;
                case NameClaimed claim:
                    TakeClaim(claim, isOwn);
                    break;
                case NameReleased { Name: var name }:
                    _names.Release(name, entry.Mark.Node);
                    break;
            }
        }
    }

    /// <summary>Another node gives a sign of life.</summary>
    public void Hear(string name)
    {
        lock (_gate) _nodes.Hear(name);
    }

    /// <summary>Writes down the loss of nodes that gave none.</summary>
    public void Watch()
    {
        lock (_gate)
        {
            if (_trouble is not null) return;
            foreach (var (name, run) in _nodes.Silent(options.NodeTimeout, except: self.Node)) outbox.Add(mark => new NodeLost(mark, name, run));
        }
    }

    /// <summary>The connection is gone: nothing is read until the next one.</summary>
    public void CutOff()
    {
        lock (_gate)
        {
            // A claim that is on its way is given back by the next word of who is here.
            foreach (var claim in _claims.Values) claim.TrySetResult(NameClaim.Unknown);
            _claims.Clear();
            Tell($"the broker is away. {WhatWaits(options)}");
        }
    }

    private void TakeHere(NodeHere here, bool isOwn)
    {
        _names.ReleaseAll(here.Mark.Node);
        foreach (var user in here.Users.Where(static user => !ChatText.IsGuest(user.Name))) Keep(user.Name, here.Mark.Node, isOwn);
        if (_isFollowing || isOwn) node.ReceiveUsers(here.Mark.Node, here.Users);
        if (isOwn && here.Mark.Number == _hello)
        {
            _isFollowing = true;
            _nodes.HearAll();
            Tell(null);
        }
        else if (here.Asks && !isOwn && _isFollowing)
        {
            SayHere(asks: false);
        }
    }

    private void TakeClaim(NameClaimed claim, bool isOwn)
    {
        var isGranted = _names.TryTake(claim.Name, claim.Mark.Node);
        if (!isOwn || !_claims.Remove(claim.Mark.Number, out var answer)) return;
        if (!answer.TrySetResult(isGranted ? NameClaim.Granted : NameClaim.Taken) && isGranted) outbox.Add(mark => new NameReleased(mark, claim.Name));
    }

    private void Keep(string name, string owner, bool isOwn)
    {
        if (!_names.Keep(name, owner) && isOwn) node.ReceiveNameLoss(name);
    }

    private static string WhatWaits(ChatOptions options) => $"What is said here, up to {options.BufferLines} lines, is told when it is back";

    private EntryMark SayHere(bool asks) => outbox.Add(mark => new NodeHere(mark, node.Users, asks));

    private void Tell(string? trouble)
    {
        if (trouble == _trouble) return;
        Volatile.Write(ref _trouble, trouble);
        node.ReceiveTrouble(trouble);
    }
}
