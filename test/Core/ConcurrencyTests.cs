using System.Buffers.Binary;

namespace Kestrel.Streams.Tests;

/// <summary>Everything at once: the transport must never see two of a kind, and each call's bytes must stay together and in order.</summary>
public class ConcurrencyTests
{
    private const int Writers = 4;
    private const int Records = 300;

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Never_two_receives_and_never_two_sends_and_every_record_is_whole(bool tries)
    {
        var seed = Environment.TickCount;
        var transport = new ScriptedTransport { Tries = tries, Room = 0, HoldsSends = true };
        var stream = Streams.Over(transport);
        using var stop = new CancellationTokenSource();
        var pumping = PumpAsync(transport, new Random(seed), stop.Token);
        var reading = ReadAsync(stream, transport, new Random(seed), stop.Token);

        await Task.WhenAll(Enumerable.Range(0, Writers).Select(id => Task.Run(() => WriteAsync(stream, id, new Random(seed + id))))).Within();
        await stream.FlushAsync().Within();
        await stop.CancelAsync();
        await reading.Within();
        await pumping.Within();

        Assert.True(transport.BrokenPromises.Count == 0, $"seed {seed}: {string.Join(", ", transport.BrokenPromises.Distinct())}");
        Check(transport.Sent, seed);
    }

    /// <summary>A record is the writer, its number, its length and as many bytes of the writer.</summary>
    private static byte[] Record(int id, int number, int length)
    {
        var record = new byte[9 + length];
        record[0] = (byte)id;
        BinaryPrimitives.WriteInt32LittleEndian(record.AsSpan(1), number);
        BinaryPrimitives.WriteInt32LittleEndian(record.AsSpan(5), length);
        record.AsSpan(9).Fill((byte)id);
        return record;
    }

    private static async Task WriteAsync(ConnectionStream stream, int id, Random random)
    {
        for (var number = 0; number < Records; number++)
        {
            var record = Record(id, number, random.Next(8) == 0 ? random.Next(40_000) : random.Next(100));
            switch (random.Next(6))
            {
                case 0: await stream.WriteAsync(record); break;
                case 1: await stream.WriteAsync(record.AsSpan()); break;
                case 2: await stream.WriteLinesAsync([record[..3], record[3..]]); break;
                case 3:
                    stream.Write(record);
                    await stream.DrainAsync();
                    break;
                case 4:
                    stream.Write(record);
                    await stream.FlushAsync();
                    break;
                default: stream.Write(record); break;
            }
        }
    }

    private static async Task PumpAsync(ScriptedTransport transport, Random random, CancellationToken stop)
    {
        while (true)
        {
            var send = await transport.NextSendAsync(stop);
            if (send is null) return;
            if (random.Next(2) == 0) await Task.Yield();
            transport.Room = random.Next(3) == 0 ? 0 : random.Next(50_000);
            send.Complete();
        }
    }

    private static async Task ReadAsync(ConnectionStream stream, ScriptedTransport transport, Random random, CancellationToken stop)
    {
        var fed = 0;
        var read = 0;
        while (!stop.IsCancellationRequested)
        {
            using var source = new CancellationTokenSource();
            var reading = stream.ReadAsync(50, source.Token).AsTask();
            if (random.Next(2) == 0)
            {
                transport.Arrive(new byte[10]);
                fed += 10;
            }

            _ = stream.AtEof;
            if (random.Next(3) == 0) _ = stream.Closed;
            await source.CancelAsync();
            try
            {
                read += (await reading).Length;
            }
            catch (OperationCanceledException)
            {
                await Task.Yield();
            }
        }

        if (fed > read) await stream.ReadExactlyAsync(fed - read, CancellationToken.None);
    }

    private static void Check(byte[] sent, int seed)
    {
        var next = new int[Writers];
        var at = 0;
        while (at < sent.Length)
        {
            var id = sent[at];
            Assert.True(id < Writers, $"seed {seed}: torn at {at}");
            Assert.True(BinaryPrimitives.ReadInt32LittleEndian(sent.AsSpan(at + 1)) == next[id]++, $"seed {seed}: wrong order at {at}");
            var length = BinaryPrimitives.ReadInt32LittleEndian(sent.AsSpan(at + 5));
            Assert.False(sent.AsSpan(at + 9, length).ContainsAnyExcept(id), $"seed {seed}: torn at {at}");
            at += 9 + length;
        }

        Assert.All(next, count => Assert.Equal(Records, count));
    }

    [Fact]
    public async Task A_read_beside_one_that_waits_is_refused_though_what_it_asks_for_is_there()
    {
        var transport = new ScriptedTransport();
        await using var stream = Streams.Over(transport);
        var reading = stream.ReadExactlyAsync(10).AsTask();
        transport.Arrive("one\ntwo\n");
        await Assert.ThrowsAsync<InvalidOperationException>(() => stream.BorrowLineAsync().Within());
        await Assert.ThrowsAsync<InvalidOperationException>(() => stream.ReadLineAsync().Within());
        await Assert.ThrowsAsync<InvalidOperationException>(() => stream.ReadExactlyAsync(2).Within());
        await Assert.ThrowsAsync<InvalidOperationException>(() => stream.BorrowExactlyAsync(2).Within());
        Assert.Throws<InvalidOperationException>(() => stream.TryBorrowLine(out _));
        transport.Arrive("34");
        Assert.Equal("one\ntwo\n34", (await reading.Within()).ToText());
    }
}
