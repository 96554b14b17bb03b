namespace Kestrel.Streams.Samples.WebHost.Chat.RabbitMq;

/// <summary>
/// What this node has written and the broker has not confirmed, in order. After a reconnect all of it is sent again, with the marks that it had.
/// When it is full, whoever has more waits while the broker is there, and is refused while it is not.
/// </summary>
internal sealed class Outbox(string node, string run, int capacity)
{
    private readonly Lock _gate = new();
    private readonly Queue<byte[]> _sent = new();
    private readonly Queue<byte[]> _unsent = new();
    private readonly HashSet<ulong> _confirmedEarly = [];
    private TaskCompletionSource _changed = NewSignal();
    private ulong _confirmed;
    private long _number;
    private bool _isCutOff = true;

    /// <summary>How many entries are not confirmed.</summary>
    public int Count
    {
        get
        {
            lock (_gate) return _sent.Count + _unsent.Count;
        }
    }

    /// <summary>Takes an entry if there is room. It is made in the order in which entries are sent.</summary>
    public async ValueTask<bool> OfferAsync(Func<EntryMark, LogEntry> make, CancellationToken cancellationToken)
    {
        while (true)
        {
            Task changed;
            lock (_gate)
            {
                if (Count < capacity)
                {
                    Add(make);
                    return true;
                }

                if (_isCutOff) return false;
                changed = _changed.Task;
            }

            await changed.WaitAsync(cancellationToken);
        }
    }

    /// <summary>Takes an entry of the node itself: there are few of them.</summary>
    public EntryMark Add(Func<EntryMark, LogEntry> make)
    {
        lock (_gate)
        {
            var mark = new EntryMark(node, run, _number + 1);
            _unsent.Enqueue(make(mark).ToBytes());
            _number++;
            Change();
            return mark;
        }
    }

    /// <summary>The next entry to send.</summary>
    public async ValueTask<byte[]> NextAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            Task changed;
            lock (_gate)
            {
                if (_unsent.TryDequeue(out var entry))
                {
                    _sent.Enqueue(entry);
                    return entry;
                }

                changed = _changed.Task;
            }

            await changed.WaitAsync(cancellationToken);
        }
    }

    /// <summary>The broker has an entry, counted from 1 since the connection began; or all up to it.</summary>
    public void Confirm(ulong number, bool andAllBefore)
    {
        lock (_gate)
        {
            if (!andAllBefore) _confirmedEarly.Add(number);
            while (_sent.Count > 0 && ((andAllBefore && _confirmed < number) || _confirmedEarly.Contains(_confirmed + 1)))
            {
                _confirmedEarly.Remove(++_confirmed);
                _sent.Dequeue();
            }

            Change();
        }
    }

    /// <summary>A new connection: what is not confirmed is sent first.</summary>
    public void Begin()
    {
        lock (_gate)
        {
            foreach (var entry in _unsent) _sent.Enqueue(entry);
            _unsent.Clear();
            while (_sent.TryDequeue(out var entry)) _unsent.Enqueue(entry);
            _confirmedEarly.Clear();
            (_confirmed, _isCutOff) = (0, false);
            Change();
        }
    }

    /// <summary>There is no connection.</summary>
    public void CutOff()
    {
        lock (_gate)
        {
            _isCutOff = true;
            Change();
        }
    }

    /// <summary>Done when all is confirmed, or nothing can be at the moment.</summary>
    public async Task FlushAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            Task changed;
            lock (_gate)
            {
                if (_isCutOff || Count == 0) return;
                changed = _changed.Task;
            }

            await changed.WaitAsync(cancellationToken);
        }
    }

    private void Change()
    {
        var before = _changed;
        _changed = NewSignal();
        before.SetResult();
    }

    private static TaskCompletionSource NewSignal() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
