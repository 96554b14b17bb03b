using System.Net.WebSockets;

namespace Kestrel.Streams.Tests;

/// <summary>The other end of a WebSocket, by the BCL's own means.</summary>
/// <param name="socket">The WebSocket.</param>
/// <param name="leave">Ends the connection below in order.</param>
/// <param name="drop">Cuts the connection below.</param>
internal sealed class WebSocketPeer(WebSocket socket, Action leave, Action drop) : Peer
{
    public override async Task SendAsync(ReadOnlyMemory<byte> data)
    {
        try
        {
            await socket.SendAsync(data, WebSocketMessageType.Binary, endOfMessage: true, CancellationToken.None);
        }
        catch (Exception broken) when (broken is WebSocketException or ObjectDisposedException or OperationCanceledException)
        {
            throw new IOException(broken.Message, broken);
        }
    }

    public override async ValueTask<int> ReceiveAsync(Memory<byte> buffer)
    {
        try
        {
            while (true)
            {
                var received = await socket.ReceiveAsync(buffer, CancellationToken.None);
                if (received.Count > 0 || received.MessageType == WebSocketMessageType.Close)
                    return received.Count;
            }
        }
        catch (Exception broken) when (broken is WebSocketException or ObjectDisposedException or OperationCanceledException)
        {
            throw new IOException(broken.Message, broken);
        }
    }

    public override Task SendFinAsync() => socket.CloseOutputAsync(WebSocketCloseStatus.NormalClosure, null, CancellationToken.None);

    public override async Task CloseAsync()
    {
        await SendFinAsync();
        leave();
    }

    public override void Reset() => drop();

    public override ValueTask DisposeAsync()
    {
        socket.Abort();
        drop();
        return ValueTask.CompletedTask;
    }
}
