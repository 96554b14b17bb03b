using System.Net;

namespace Kestrel.Streams.Tests;

public class ToStringTests
{
    [Fact]
    public async Task It_shows_what_there_is_to_know()
    {
        var transport = new ScriptedTransport();
        await using var stream = ConnectionStream.Create(transport, new ConnectionStreamOptions { Id = "c1" });
        Assert.Equal("<ConnectionStream c1 mode=ReadWrite buffered=0 transport=ScriptedTransport>", stream.ToString());
        transport.Arrive("one\ntwo");
        transport.ArriveEnd();
        await stream.ReadLineAsync().Within();
        Assert.Equal("<ConnectionStream c1 mode=ReadWrite buffered=3 transport=ScriptedTransport>", stream.ToString());
        await stream.ReadAsync().Within();
        Assert.Equal("<ConnectionStream c1 mode=ReadWrite buffered=0 eof transport=ScriptedTransport>", stream.ToString());
        await stream.CloseAsync().Within();
        Assert.StartsWith("<ConnectionStream c1 ", stream.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task It_shows_the_mode_a_limit_of_its_own_and_the_peer()
    {
        await using var stream = ConnectionStream.Create(new Known(), new ConnectionStreamOptions { Id = "c2", Limit = 100 });
        Assert.Equal("<ConnectionStream c2 mode=Write buffered=0 limit=100 transport=Known peer=127.0.0.1:7>", stream.ToString());
    }

    private sealed class Known : StreamTransport
    {
        public override StreamMode Mode => StreamMode.Write;

        public override EndPoint RemoteEndPoint => new IPEndPoint(IPAddress.Loopback, 7);

        public override ValueTask<int> ReceiveAsync(Memory<byte> buffer, CancellationToken cancellationToken) => ValueTask.FromResult(0);

        public override ValueTask SendAsync(ReadOnlyMemory<byte> data, CancellationToken cancellationToken) => ValueTask.CompletedTask;

        public override void Abort(Exception? reason)
        {
        }

        public override ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }
}
