using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Kestrel.Streams.Tests;

/// <summary>The system gives the number of a closed descriptor to the next one at once: what still comes for the old one must not reach the new one.</summary>
public sealed partial class DescriptorReuseTests : IDisposable
{
    private const int Closed = 64;

    private readonly Rival _rival = new();

    [Fact]
    public Task An_event_of_a_closed_descriptor_never_wakes_the_next_one_of_its_number() => Race.RunAsync(150, async random =>
    {
        var loop = SharedLoop.Instance;
        var old = Enumerable.Range(0, Closed).Select(_ => new Watched(loop)).ToArray();
        var waits = old.Select(static one => one.WaitAsync()).ToArray();
        // The loop has many events at hand at once; while it gives them out, their descriptors are closed and opened again.
        var fresh = new Watched[Closed];
        var idle = new Task[Closed];
        var (mine, theirs) = _rival.Meet(Rival.AnyMoment(random), ReplaceAsync, 0, () =>
        {
            foreach (var one in old) one.Send();
            return Task.CompletedTask;
        });
        await Task.WhenAll(mine, theirs).Within();
        foreach (var wait in waits) Assert.True(await Outcome.ErrorOfAsync(wait, "a wait for one that is closed") is null or ObjectDisposedException);
        // An event that comes now comes behind all that were at hand.
        fresh[^1].Send();
        await idle[^1].Within();
        for (var i = 0; i < Closed - 1; i++) Assert.False(idle[i].IsCompleted, $"{i} of {Closed} was woken, and nothing has come.");
        foreach (var one in fresh) one.Dispose();
        foreach (var wait in idle) await Outcome.ErrorOfAsync(wait, "a wait that is given up");

        Task ReplaceAsync()
        {
            for (var i = 0; i < Closed; i++)
            {
                old[i].Dispose();
                fresh[i] = new Watched(loop);
                idle[i] = fresh[i].WaitAsync();
            }

            return Task.CompletedTask;
        }
    });

    [Theory]
    [InlineData("TCP")]
    [InlineData("Unix")]
    [InlineData("pipe")]
    public async Task Connections_that_come_and_go_while_bytes_arrive_never_see_those_of_another(string kind)
    {
        using var wire = Wire.Of(kind);
        await Race.RunAsync(25, async random =>
        {
            var seeds = Enumerable.Range(0, 4).Select(_ => random.Next()).ToArray();
            await Task.WhenAll(seeds.Select((seed, place) => Task.Run(() => ComeAndGoAsync(wire, place, new Random(seed))))).Within();
        });
    }

    /// <summary>Two streams over one descriptor, of which the second one cannot get a number of its own: the first one is none of its business.</summary>
    [Fact]
    public async Task A_second_wait_that_is_refused_a_descriptor_leaves_the_first_one_alone()
    {
        using var wire = Wire.Of("TCP");
        _ = SharedLoop.Instance; // which has a descriptor of its own
        using var ledger = Ledger.Open();
        var (client, server) = wire.Sockets();
        using (client)
        using (server)
        {
            using var first = new Readiness(server.SafeHandle);
            var waiting = first.WaitAsync(Libc.EPOLLIN, CancellationToken.None).AsTask();
            var second = new Readiness(server.SafeHandle);
            Exception? refused;
            using (DescriptorLimit.Exhausted()) refused = Record.Exception(() => Ask(second));
            Assert.IsType<IOException>(refused);
            Assert.False(waiting.IsCompleted);
            // Later there is a number for it.
            await second.WaitAsync(Libc.EPOLLOUT, CancellationToken.None).Within();
            second.Dispose();

            using (DescriptorLimit.Exhausted())
            {
                var third = new Readiness(server.SafeHandle);
                Assert.ThrowsAny<IOException>(() => Ask(third));
                third.Dispose();
            }

            client.Send("x"u8);
            await waiting.Within();
        }

        await ledger.SettleAsync();

        static void Ask(Readiness readiness) => _ = readiness.WaitAsync(Libc.EPOLLOUT, CancellationToken.None).AsTask().Observed();
    }

    public void Dispose() => _rival.Dispose();

    private static async Task ComeAndGoAsync(Wire wire, int place, Random random)
    {
        for (var i = 0; i < 20; i++)
        {
            // Each has bytes of its own.
            var at = (place * 1_000_000) + (i * 40_000);
            ConnectionStream stream, peer;
            lock (wire)
            {
                var connecting = wire.ConnectAsync(StreamMode.Read);
                (stream, peer) = connecting.GetAwaiter().GetResult(); // which does not wait here
            }

            var sending = Task.Run(() => SendAsync(peer, at, random.Next(1, 5)));
            try
            {
                for (var read = 0; read < random.Next(20_000);)
                {
                    var data = await stream.ReadAsync(5000).Within();
                    if (data.Length == 0) break;
                    Content.IsAt(at + read, data, $"{wire.Kind} {place}.{i}");
                    read += data.Length;
                }
            }
            catch (IOException)
            {
                // The peer has broken off.
            }

            if (random.Next(2) == 0) await stream.AbortAsync().Within();
            await peer.AbortAsync().Within();
            await stream.CloseAsync().Within();
            await sending.Within();
        }
    }

    private static async Task SendAsync(ConnectionStream peer, int at, int pieces)
    {
        try
        {
            for (var i = 0; i < pieces; i++) await peer.WriteAsync(Content.At(at + (i * 8000), 8000));
            await peer.CloseAsync();
        }
        catch (Exception e) when (e is IOException or InvalidOperationException)
        {
            // One of them has gone.
        }
    }

    /// <summary>A pipe whose reading end the loop watches as it watches a socket.</summary>
    private sealed unsafe partial class Watched : IDisposable
    {
        private readonly SafeFileHandle _reading;
        private readonly SafeFileHandle _writing;
        private readonly SocketReadiness _readiness;

        public Watched(ReadinessLoop loop)
        {
            var ends = stackalloc int[2];
            Assert.Equal(0, Pipe(ends, Libc.O_CLOEXEC | Libc.O_NONBLOCK));
            (_reading, _writing) = (new SafeFileHandle(ends[0], ownsHandle: true), new SafeFileHandle(ends[1], ownsHandle: true));
            _readiness = new SocketReadiness(_reading, loop);
        }

        public Task<int> WaitAsync()
        {
            _readiness.Input.Lower();
            return _readiness.WaitForInputAsync(CancellationToken.None).AsTask();
        }

        public void Send()
        {
            byte one = 1;
            try
            {
                Libc.Write(_writing, &one, 1);
            }
            catch (ObjectDisposedException)
            {
                // Closed already.
            }
        }

        public void Dispose()
        {
            _readiness.Dispose();
            _reading.Dispose();
            _writing.Dispose();
        }

        [LibraryImport("libc", EntryPoint = "pipe2")]
        private static partial int Pipe(int* ends, int flags);
    }
}
