using System.Net.Sockets;

namespace Kestrel.Streams;

/// <summary>Ends a connection that is not served: with parting bytes where there are some, and in order, so that they arrive.</summary>
internal static class RejectedConnection
{
    /// <summary>So many may be on their way out at once: a flood of connections must not become a flood of those.</summary>
    private const int MostAtOnce = 256;

    private static readonly ConnectionStreamOptions _brief = new() { CloseTimeout = TimeSpan.FromSeconds(1) };
    private static int _count;

    public static async Task EndAsync(Socket socket, ReadOnlyMemory<byte> partingBytes)
    {
        if (Interlocked.Increment(ref _count) > MostAtOnce)
        {
            Interlocked.Decrement(ref _count);
            socket.Dispose();
            return;
        }

        try
        {
            var stream = ConnectionStream.Create(StreamTransport.FromSocket(socket), _brief, isServerSide: true, id: null);
            TryPart(stream, partingBytes.Span);
            await stream.CloseAsync(CancellationToken.None).ConfigureAwait(false);
            await stream.WaitClosedAsync(CancellationToken.None).ConfigureAwait(false);
        }
        catch (Exception e) when (e is ArgumentException or SocketException or ObjectDisposedException)
        {
            socket.Dispose(); // the peer has gone already, and no transport can be made
        }
        finally
        {
            Interlocked.Decrement(ref _count);
        }
    }

    /// <summary>Says the last words, if anybody is there to hear them. The close of the stream is the caller's matter.</summary>
    public static void TryPart(ConnectionStream stream, ReadOnlySpan<byte> partingBytes)
    {
        try
        {
            if (!partingBytes.IsEmpty) stream.Write(partingBytes);
        }
        catch (Exception e) when (e is IOException or ObjectDisposedException)
        {
            // The peer has gone, or the server was aborted.
        }
    }
}
