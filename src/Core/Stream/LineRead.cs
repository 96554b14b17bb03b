using System.Runtime.CompilerServices;
using System.Threading.Tasks.Sources;

namespace Kestrel.Streams;

/// <summary>
/// The read of a line that has to wait, used again and again by its stream. By hand, because of the compiler's state machines it takes
/// three inside one another, and with a thousand connections each of them is out of the cache when its bytes come.
/// </summary>
internal sealed class LineRead : IValueTaskSource<ReadOnlyMemory<byte>>, IValueTaskSource<bool>
{
    private readonly ConnectionStream _stream;
    private readonly Action _onFilled;
    private ManualResetValueTaskSourceCore<ReadOnlyMemory<byte>> _core;
    private ConfiguredValueTaskAwaitable.ConfiguredValueTaskAwaiter _fill;
    private CancellationToken _token;
    private int _isTaken;

    public LineRead(ConnectionStream stream)
    {
        _stream = stream;
        _onFilled = OnFilled;
    }

    /// <summary>The line of the last result that was asked for as a bool: whether there is one.</summary>
    public ReadOnlyMemory<byte> Line { get; private set; }

    /// <summary>Begins; false while the result of the one before is not looked at: it would be lost.</summary>
    public bool TryBegin(CancellationToken cancellationToken, out short token)
    {
        token = 0;
        if (Interlocked.Exchange(ref _isTaken, 1) != 0) return false;
        token = _core.Version;
        Line = default; // its block may go back to the pool while this waits
        _token = cancellationToken;
        try
        {
            _stream.Input.BeginRead(cancellationToken);
        }
        catch (Exception e)
        {
            _core.SetException(e);
            return true;
        }

        GoOn();
        return true;
    }

    ReadOnlyMemory<byte> IValueTaskSource<ReadOnlyMemory<byte>>.GetResult(short token)
    {
        // A task that is asked too early or twice must not disturb the one that is under way.
        if (_core.GetStatus(token) == ValueTaskSourceStatus.Pending) throw new InvalidOperationException("The result is asked for before it is there: await the task, once.");
        try
        {
            return _core.GetResult(token);
        }
        finally
        {
            _core.Reset();
            Volatile.Write(ref _isTaken, 0);
        }
    }

    bool IValueTaskSource<bool>.GetResult(short token)
    {
        Line = ((IValueTaskSource<ReadOnlyMemory<byte>>)this).GetResult(token);
        return !Line.IsEmpty;
    }

    public ValueTaskSourceStatus GetStatus(short token) => _core.GetStatus(token);

    public void OnCompleted(Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
        _core.OnCompleted(continuation, state, token, flags);

    private void OnFilled()
    {
        try
        {
            _fill.GetResult();
        }
        catch (Exception e)
        {
            _stream.Input.EndRead();
            _core.SetException(e);
            return;
        }

        GoOn();
    }

    private void GoOn()
    {
        ReadOnlyMemory<byte> line;
        try
        {
            while (!_stream.TryLendLine(out line))
            {
                var fill = _stream.Input.FillAsync(_stream.ReadAheadCapacity, _token).ConfigureAwait(false).GetAwaiter();
                if (!fill.IsCompleted)
                {
                    _fill = fill;
                    fill.UnsafeOnCompleted(_onFilled);
                    return;
                }

                fill.GetResult();
            }
        }
        catch (Exception e)
        {
            _stream.Input.EndRead();
            _core.SetException(e);
            return;
        }

        _stream.Input.EndRead();
        _core.SetResult(line);
    }
}
