namespace Kestrel.Streams;

public sealed partial class ConnectionStream
{
    private TaskCompletionSource? _released;
    private volatile bool _isReleased;
    private TaskCompletionSource? _closing;
    private Exception? _abortReason;
    private bool _aborted;
    private bool _releasing;

    /// <summary>Whether the stream is closed or closing, by whatever way. asyncio: <c>is_closing</c>.</summary>
    public bool IsClosing
    {
        get
        {
            lock (_gate) return _closing is not null;
        }
    }

    /// <summary>
    /// Closes the stream: sends what is unsent, then the end. A blocked read or write wakes at once with
    /// <see cref="ObjectDisposedException"/>, later ones throw it; what a woken write had handed over is still sent. May be called
    /// again, at any time, beside anything. <see cref="DisposeAsync"/> is the same. asyncio: <c>await stream.close()</c>.
    /// </summary>
    /// <remarks>
    /// Input that nobody has read would make the kernel reset the connection and destroy what was just sent; then the socket lingers for
    /// at most a second after this call is done. <see cref="WaitClosedAsync"/> ends when it is released.
    /// </remarks>
    /// <param name="cancellationToken">Ends the wait; the close goes on.</param>
    /// <returns>
    /// The end. It takes <see cref="ConnectionStreamOptions.CloseTimeout"/> at most: then the connection is aborted. A connection that is
    /// broken is closed without an error: to know that everything was sent, await <see cref="FlushAsync"/> first.
    /// </returns>
    public ValueTask CloseAsync(CancellationToken cancellationToken = default)
    {
        if (cancellationToken.IsCancellationRequested) return ValueTask.FromCanceled(cancellationToken);
        if (TryBeginClose(out var closing)) _ = CloseCoreAsync(closing);
        return new ValueTask(closing.Task.WaitAsync(cancellationToken));
    }

    /// <summary>Waits until the stream is closed and everything below is released. May be awaited by many. asyncio: <c>wait_closed</c>.</summary>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>The end; never while nobody closes the stream.</returns>
    public Task WaitClosedAsync(CancellationToken cancellationToken = default) =>
        cancellationToken.IsCancellationRequested ? Task.FromCanceled(cancellationToken) : Released().WaitAsync(cancellationToken);

    /// <summary>Closes the stream: <see cref="CloseAsync"/>.</summary>
    /// <returns>The end, as there.</returns>
    public override ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        return CloseAsync(CancellationToken.None);
    }

    /// <summary>Closes the stream and blocks until that is done: <see cref="CloseAsync"/>.</summary>
    /// <param name="disposing">Whether this is a dispose and not a finalizer.</param>
    protected override void Dispose(bool disposing)
    {
        if (disposing) CloseAsync(CancellationToken.None).AsTask().GetAwaiter().GetResult();
        base.Dispose(disposing);
    }

    /// <summary>Takes no more input: reads give what is buffered and then the end. Writing goes on.</summary>
    internal void StopInput()
    {
        lock (_gate)
        {
            _takesNoInput = true;
            // The handshake needs its input; what comes behind it is not taken. Within the lock, or one that begins now could lose it.
            if (!_startsTls) Input.Stop();
        }
    }

    internal ObjectDisposedException ClosedError()
    {
        if (!_aborted) return new ObjectDisposedException(nameof(ConnectionStream), "The stream is closed: open another connection to go on.");
        return _abortReason is { } reason
            ? new ObjectDisposedException($"The stream is aborted: {reason.Message}", reason)
            : new ObjectDisposedException(nameof(ConnectionStream), "The stream is aborted: open another connection to go on.");
    }

    private bool TryBeginClose(out TaskCompletionSource closing)
    {
        lock (_gate)
        {
            var first = _closing is null;
            // However it is closed, by a dispose or not: there is nothing left to report, and a finalizer costs.
#pragma warning disable CA1816
            if (first) GC.SuppressFinalize(this);
#pragma warning restore CA1816
            closing = _closing ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            return first;
        }
    }

    private async Task CloseCoreAsync(TaskCompletionSource closing)
    {
        try
        {
            Input.Close();
            await FinishAndReleaseAsync().WaitAsync(_closeTimeout).ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
            Abort(new TimeoutException($"The close took longer than {_closeTimeout}: the peer takes no more data."));
        }
        finally
        {
            closing.TrySetResult();
        }
    }

    private async Task FinishAndReleaseAsync()
    {
        try
        {
            await Output.FinishAsync().ConfigureAwait(false);
        }
        catch (Exception)
        {
            // Broken or aborted in the meantime, or cut in the middle of a write: there is nothing left to send.
            if (Output.IsTorn) Transport.Abort(new IOException("A write was cut by the close."));
        }

        await Transport.WaitOutputEndedAsync(ReleaseAsync()).ConfigureAwait(false);
    }

    private async Task ReleaseAsync()
    {
        lock (_gate)
        {
            if (_releasing) return;
            _releasing = true;
        }

        try
        {
            var released = Transport.DisposeAsync();
            OnGone();
            await released.ConfigureAwait(false);
        }
        catch (Exception)
        {
            // A transport that fails to close is gone all the same.
            OnGone();
        }
        finally
        {
            TaskCompletionSource? released;
            lock (_gate)
            {
                _isReleased = true;
                released = _released;
            }

            released?.TrySetResult();
        }
    }

    private Task Released()
    {
        lock (_gate)
        {
            if (_isReleased) return Task.CompletedTask;
            _released ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            return _released.Task;
        }
    }
}
