using System.Net.Sockets;

namespace Kestrel.Streams.Tests;

/// <summary>Reads of every kind, cancelled at random moments while bytes come: none may be lost, doubled or exchanged.</summary>
public class CancellationLoadTests
{
    private const int Size = 1_000_000;
    private const int Limit = 2000;

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Over_a_scripted_transport_no_byte_is_lost(bool readsAhead)
    {
        var transport = new ScriptedTransport { Portion = 700 };
        await using var stream = Streams.Over(transport, Limit);
        if (readsAhead) _ = stream.Closed;
        await ReadAllAsync(stream, piece =>
        {
            if (piece.IsEmpty) transport.ArriveEnd();
            else transport.Arrive(piece.ToArray());
            return Task.CompletedTask;
        });
        Assert.Empty(transport.BrokenPromises);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Over_TCP_no_byte_is_lost(bool readsAhead)
    {
        var (client, server) = await Streams.TcpPairAsync();
        using var peer = client;
        await using var stream = Streams.Over(StreamTransport.FromSocket(server), Limit);
        if (readsAhead) _ = stream.Closed;
        await ReadAllAsync(stream, async piece =>
        {
            if (piece.IsEmpty) peer.Shutdown(SocketShutdown.Send);
            while (!piece.IsEmpty) piece = piece[await peer.SendAsync(piece)..];
        });
    }

    [Fact]
    public async Task Over_memory_no_byte_is_lost()
    {
        var (client, server) = ConnectionStream.CreatePair(new ConnectionStreamOptions { Limit = Limit });
        await using var peer = client;
        await using var stream = server;
        await ReadAllAsync(stream, piece => piece.IsEmpty ? peer.WriteEofAsync().AsTask() : peer.WriteAsync(piece).AsTask());
    }

    private static async Task ReadAllAsync(ConnectionStream stream, Func<ReadOnlyMemory<byte>, Task> feedAsync)
    {
        var seed = Environment.TickCount;
        var random = new Random(seed);
        var sent = Samples.Sequence(Size);
        // About as much comes for each read as it wants, so that many reads wait: those are the ones that are cancelled.
        using var turns = new SemaphoreSlim(0);
        var feeding = Task.Run(async () =>
        {
            var pieces = new Random(seed);
            for (var at = 0; at < Size;)
            {
                await turns.WaitAsync();
                var count = Math.Min(pieces.Next(1, Limit), Size - at);
                await feedAsync(sent.AsMemory(at, count));
                at += count;
            }

            await feedAsync(default);
        });
        var received = 0;
        var cancelled = 0;
        try
        {
            while (received < Size)
            {
                turns.Release();
                using var source = new CancellationTokenSource();
                using var alarm = new Alarm(source, random.Next(30));
                try
                {
                    var some = await ReadSomehowAsync(stream, random.Next(5), Size - received, source.Token).Within();
                    Assert.True(sent.AsSpan(received, some.Length).SequenceEqual(some.Span), $"wrong bytes at {received}");
                    received += some.Length;
                }
                catch (OperationCanceledException)
                {
                    cancelled++;
                }
                catch (LimitOverrunException over)
                {
                    Assert.Equal(Limit, over.Limit);
                    received += (await stream.ReadAsync(100).Within()).Length;
                }
            }

            await feeding.Within();
            Assert.Empty(await stream.ReadAsync(1).Within());
            Assert.True(cancelled > 100, "too few reads were cancelled to prove anything");
        }
        catch (Exception e)
        {
            throw new InvalidOperationException($"seed {seed}, {received} bytes read, {cancelled} reads cancelled", e);
        }
    }

    private static async Task<ReadOnlyMemory<byte>> ReadSomehowAsync(ConnectionStream stream, int way, int left, CancellationToken token) => way switch
    {
        0 => await stream.ReadAsync(700, token),
        1 => await stream.ReadLineAsync(token),
        2 => await stream.ReadExactlyAsync(Math.Min(left, 70_000), token),
        3 => await stream.BorrowExactlyAsync(Math.Min(left, 3000), token),
        _ => (await stream.BorrowAsync(token)).ToArray(),
    };

    /// <summary>Cancels from another thread after a number of turns, at once for none.</summary>
    private sealed class Alarm : IDisposable
    {
        private readonly Task _ringing;

        public Alarm(CancellationTokenSource source, int turns)
        {
            _ringing = Task.Run(async () =>
            {
                for (var i = 0; i < turns; i++) await Task.Yield();
                source.Cancel();
            });
        }

        public void Dispose() => _ringing.Wait(TimeSpan.FromSeconds(30));
    }
}
