namespace Kestrel.Streams;

public sealed partial class ConnectionStream
{
    /// <summary>
    /// Ends the connection at once, both ways: what is unsent is dropped, over TCP the peer sees a reset. A blocked read or write wakes
    /// with <see cref="ObjectDisposedException"/>, later ones throw it. A Unix peer sees what was sent and then an end: there is no reset
    /// to send. May be called again, at any time, beside anything. asyncio: <c>transport.abort()</c>.
    /// </summary>
    /// <param name="reason">Why, as the inner exception of what the woken calls throw; or null.</param>
    public void Abort(Exception? reason = null)
    {
        if (_isReleased) return;
        lock (_gate)
        {
            if (!_aborted)
            {
                _abortReason = reason;
                _aborted = true;
            }
        }

        TryBeginClose(out var closing);
        Output.Abort();
        Input.Close();
        Transport.Abort(reason);
        _ = ReleaseAsync();
        closing.TrySetResult();
    }

    /// <summary><see cref="Abort"/>, and waits until everything below is released. asyncio: <c>await stream.abort()</c>.</summary>
    /// <param name="reason">Why, as the inner exception of what the woken calls throw; or null.</param>
    /// <returns>The end.</returns>
    public Task AbortAsync(Exception? reason = null)
    {
        Abort(reason);
        return Released();
    }
}
