namespace Kestrel.Streams.Tests;

/// <summary>Over a transport that somebody else wrote, and what only shows where every byte can be counted.</summary>
public sealed class HandMadeConformance : StreamConformance
{
    [Fact]
    public async Task Reading_ahead_is_bounded_and_goes_on_when_the_buffer_is_read()
    {
        const int Limit = 1000;
        var transport = new HandMadeTransport();
        await using Pair pair = Connect(transport, new ConnectionStreamOptions { Limit = Limit });
        var (stream, peer) = pair;
        byte[] data = Bytes.KnownLines(20 * Limit);
        Task closed = Eventually.FiredAsync(stream.Closed);
        for (int at = 0; at < data.Length; at += 100)
            await peer.SendAsync(data.AsMemory(at, 100)).Within();
        await peer.SendFinAsync().Within();

        await Eventually.IsTrueAsync(() => transport.Received > 0);
        await Eventually.StaysPendingAsync(closed);
        Assert.InRange(transport.Received, 1, 3 * Limit);

        Bytes.AssertSame(data, await stream.ReadToEndAsync().Within());
    }

    [Fact]
    public async Task Nothing_is_received_before_somebody_reads()
    {
        var transport = new HandMadeTransport();
        await using Pair pair = Connect(transport, null);
        await pair.Peer.SendAsync("early").Within();
        await pair.Stream.WriteAsync("written").Within();
        Assert.Equal("written", await pair.Peer.ReceiveTextAsync(7).Within());

        Assert.Equal(0, transport.Received);
        Assert.Equal("early", (await pair.Stream.ReadAsync(10).Within()).Text());
    }

    [Fact]
    public async Task Draining_waits_above_the_high_water_mark_until_the_low_one()
    {
        // With room for one byte a send is done when the peer has received all of it.
        await using Pair pair = Connect(new HandMadeTransport(room: 1), new ConnectionStreamOptions { HighWaterMark = 500, LowWaterMark = 200 });
        var (stream, peer) = pair;
        List<Task> writes = [.. Enumerable.Range(0, 5).Select(_ => stream.WriteAsync(new byte[100]).AsTask())];
        Assert.True(stream.DrainAsync().AsTask().IsCompletedSuccessfully);
        writes.AddRange(Enumerable.Range(0, 5).Select(_ => stream.WriteAsync(new byte[100]).AsTask()));
        Task draining = stream.DrainAsync().AsTask();

        int received = 0;
        for (; received < 800; received += (await peer.ReceiveAsync(Math.Min(100, 800 - received)).Within()).Length)
            await Eventually.StaysPendingAsync(draining);

        await peer.ReceiveAsync(1000 - received).Within();
        await draining.Within();
        await Task.WhenAll(writes).Within();
    }

    [Fact]
    public async Task Many_writes_before_a_read_cost_one_send()
    {
        // Fewer bytes are received at once than one send has only where there were several sends: as when the thread is held up for so long
        // between the writes that what is unsent leaves on its own, which does not happen each time.
        var transport = new HandMadeTransport();
        await using Pair pair = Connect(transport, null);
        var (stream, peer) = pair;
        int atOnce = 0;
        for (int tries = 0; tries < 10 && atOnce < 200; tries++)
        {
            for (int i = 0; i < 100; i++)
                stream.Write("x\n"u8);
            Task<byte[]> reading = stream.ReadLineAsync().AsTask();

            atOnce = await peer.ReceiveAsync(new byte[1000].AsMemory()).AsTask().Within();
            await peer.ReceiveAsync(200 - atOnce).Within();
            await peer.SendAsync("y\n").Within();
            Assert.Equal("y\n", (await reading.Within()).Text());
        }

        Assert.Equal(200, atOnce);
    }

    protected override Task<Pair> ConnectAsync(ConnectionStreamOptions? options = null) =>
        Task.FromResult(Connect(new HandMadeTransport(), options));

    private static Pair Connect(HandMadeTransport transport, ConnectionStreamOptions? options) =>
        new(ConnectionStream.Create(transport, options), new HandMadePeer(transport));
}
