using System.Net.WebSockets;

namespace Kestrel.Streams.Bench;

/// <summary>A ClientWebSocket: one message for each turn; how the answer is cut into messages is the server's business.</summary>
internal sealed class WebSocketTalk(Settings settings) : Talk(settings)
{
    public override async Task RunAsync(CancellationToken stop)
    {
        using var socket = new ClientWebSocket();
        await socket.ConnectAsync(new Uri($"ws://{Server}/echo"), CancellationToken.None);
        var (sent, received) = (new byte[Settings.Turn], new byte[Settings.Turn]);
        for (var i = 0; i < Settings.Depth; i++) Line.CopyTo(sent, i * Line.Length);
        while (!stop.IsCancellationRequested)
        {
            await socket.SendAsync(sent, WebSocketMessageType.Binary, endOfMessage: true, CancellationToken.None);
            for (var count = 0; count < received.Length;)
                count += (await socket.ReceiveAsync(received.AsMemory(count), CancellationToken.None)).Count;
            if (!received.AsSpan().SequenceEqual(sent)) throw new InvalidDataException("Other lines came back than were sent.");
            Count(Settings.Depth);
        }

        await socket.CloseAsync(WebSocketCloseStatus.NormalClosure, statusDescription: null, CancellationToken.None);
    }
}
