using System.Net.WebSockets;

namespace Kestrel.Streams.Tests;

/// <summary>The copies that a transport sends from come back also when the send fails.</summary>
public sealed class TransportBlockReturnTests : IDisposable
{
    private readonly Ledger _ledger = Ledger.Open();

    [Fact]
    public async Task A_TLS_record_that_waits_for_room_when_the_stream_is_aborted()
    {
        using var wire = Wire.Of("TLS");
        var (stream, peer) = await wire.ConnectAsync(StreamMode.Write);
        var writing = stream.WriteAsync(Content.At(0, 2_000_000)).AsTask();

        await stream.AbortAsync().Within();

        await Assert.ThrowsAsync<ObjectDisposedException>(() => writing.Within());
        await peer.AbortAsync().Within();
        await Eventually.IsTrueAsync(() => WatchedPool.Instance.Out == 0);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_WebSocket_message_that_cannot_be_sent(bool atOnce)
    {
        var transport = new WebSocketTransport(new FailingWebSocket(atOnce), static () => { }, new Dictionary<string, object>());
        await using var stream = ConnectionStream.Create(transport);

        await Assert.ThrowsAsync<IOException>(() => stream.WriteAsync(Content.At(0, 100_000)).Within());

        await stream.CloseAsync().Within();
        await _ledger.SettleAsync();
    }

    public void Dispose() => _ledger.Dispose();

    private sealed class FailingWebSocket(bool atOnce) : WebSocket
    {
        public override WebSocketCloseStatus? CloseStatus => null;

        public override string? CloseStatusDescription => null;

        public override WebSocketState State => WebSocketState.Aborted;

        public override string? SubProtocol => null;

        public override void Abort()
        {
        }

        public override Task CloseAsync(WebSocketCloseStatus closeStatus, string? statusDescription, CancellationToken cancellationToken) => Task.CompletedTask;

        public override Task CloseOutputAsync(WebSocketCloseStatus closeStatus, string? statusDescription, CancellationToken cancellationToken) => Task.CompletedTask;

        public override void Dispose()
        {
        }

        public override Task<WebSocketReceiveResult> ReceiveAsync(ArraySegment<byte> buffer, CancellationToken cancellationToken) => throw new NotSupportedException();

        public override async Task SendAsync(ArraySegment<byte> buffer, WebSocketMessageType messageType, bool endOfMessage, CancellationToken cancellationToken)
        {
            if (!atOnce) await Task.Yield();
            throw new WebSocketException(WebSocketError.ConnectionClosedPrematurely);
        }
    }
}
