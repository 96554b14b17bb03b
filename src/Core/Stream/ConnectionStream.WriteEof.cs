namespace Kestrel.Streams;

public sealed partial class ConnectionStream
{
    /// <summary>
    /// Whether the output can end while the input goes on: true for TCP, Unix sockets, OS pipes and memory; false for TLS, WebSockets and stock
    /// Kestrel connections. asyncio: <c>can_write_eof</c>.
    /// </summary>
    public bool CanWriteEof => CanWriteAtAll && Transport.CanWriteEof;

    /// <summary>Sends what is unsent and then the end of the output (FIN); reading goes on. Calling it again is fine. asyncio: <c>write_eof</c>.</summary>
    /// <param name="cancellationToken">Ends the wait; the output ends all the same.</param>
    /// <returns>The end: everything and the end are in the kernel, or in whatever lies below.</returns>
    /// <exception cref="NotSupportedException">The stream is read-only, or <see cref="CanWriteEof"/> is false.</exception>
    /// <exception cref="IOException">The connection is broken.</exception>
    /// <exception cref="ObjectDisposedException">The stream is closed, or was closed while the call waited.</exception>
    public ValueTask WriteEofAsync(CancellationToken cancellationToken = default)
    {
        if (cancellationToken.IsCancellationRequested) return ValueTask.FromCanceled(cancellationToken);
        if (CanWriteAtAll && !CanWriteEof)
        {
            return ValueTask.FromException(new NotSupportedException(
                $"The output of a {Transport.GetType().Name} cannot end alone: say the end in your protocol, or close the stream."));
        }

        try
        {
            return new ValueTask(Output.WriteEofAsync().WaitAsync(cancellationToken));
        }
        catch (Exception e)
        {
            return ValueTask.FromException(e);
        }
    }
}
