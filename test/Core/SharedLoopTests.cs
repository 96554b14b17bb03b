using System.Net.Sockets;

namespace Kestrel.Streams.Tests;

/// <summary>Whatever code does on a thread of the loop, others go on.</summary>
public class SharedLoopTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public async Task Handlers_that_block_hold_up_nobody(int perProcessor)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "The loop is that of Linux.");
        using var release = new ManualResetEventSlim();
        var blocking = new List<Echo>();
        for (var i = 0; i < perProcessor * Environment.ProcessorCount; i++)
        {
            var reached = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            var echo = await Echo.StartAsync(() =>
            {
                reached.TrySetResult();
                Assert.True(release.Wait(TimeSpan.FromSeconds(60)));
            });
            blocking.Add(echo);
            echo.Send();
            await reached.Task.Within();
        }

        await using var other = await Echo.StartAsync();
        for (var i = 0; i < 100; i++) await other.TalkAsync();
        release.Set();
        foreach (var echo in blocking)
        {
            await echo.ReceiveAsync();
            await echo.TalkAsync();
            await echo.DisposeAsync();
        }

        await other.TalkAsync();
    }

    [Fact]
    public async Task A_handler_may_block_for_what_another_does_that_became_ready_with_it()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "The loop is that of Linux.");
        // Each waits for all others, so that none may be kept behind another.
        using var together = new Barrier(Environment.ProcessorCount + 2);
        var echoes = new List<Echo>();
        for (var i = 0; i < together.ParticipantCount; i++)
            echoes.Add(await Echo.StartAsync(() => Assert.True(together.SignalAndWait(TimeSpan.FromSeconds(20)))));
        for (var round = 0; round < Rounds.Of(50); round++)
        {
            foreach (var echo in echoes) echo.Send();
            foreach (var echo in echoes) await echo.ReceiveAsync();
        }

        foreach (var echo in echoes) await echo.DisposeAsync();
    }

    [Fact]
    public async Task Peers_that_send_faster_than_they_are_read_leave_others_their_turn()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "The loop is that of Linux.");
        using var stop = new CancellationTokenSource();
        var floods = new List<Task>();
        for (var i = 0; i < 2 * Environment.ProcessorCount; i++) floods.Add(FloodAsync(stop.Token));
        await using (var other = await Echo.StartAsync())
        {
            for (var i = 0; i < Rounds.Of(200); i++) await other.TalkAsync();
        }

        await stop.CancelAsync();
        await Task.WhenAll(floods).Within();

        static async Task FloodAsync(CancellationToken stop)
        {
            var (peer, server) = await Streams.TcpPairAsync();
            var swallowing = SwallowAsync(server);
            using (peer)
            {
                var data = new byte[64 * 1024];
                while (!stop.IsCancellationRequested) await peer.SendAsync(data, CancellationToken.None);
            }

            await swallowing;
        }

        static async Task SwallowAsync(Socket server)
        {
            await using var stream = Streams.Over(StreamTransport.FromSocket(server));
            var buffer = new byte[4096];
            while (await stream.ReadAsync(buffer).ConfigureAwait(false) > 0)
            {
            }
        }
    }

    [Fact]
    public async Task Handlers_that_block_for_a_moment_each_block_beside_one_another()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "The loop is that of Linux.");
        const int Handlers = 32;
        var many = Environment.ProcessorCount + Handlers / 4;
        ThreadPool.GetMinThreads(out var workers, out var ports);
        ThreadPool.SetMinThreads(Handlers + workers, ports);
        try
        {
            using var never = new ManualResetEvent(initialState: false);
            var blocked = 0;
            var seen = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            var talks = Enumerable.Range(0, Handlers).Select(async _ =>
            {
                await using var echo = await Echo.StartAsync(() =>
                {
                    // As many as the pool has threads, and not one for each processor.
                    if (Interlocked.Increment(ref blocked) >= many) seen.TrySetResult();
                    never.WaitOne(1);
                    Interlocked.Decrement(ref blocked);
                });
                while (!seen.Task.IsCompleted) await echo.TalkAsync();
            }).ToArray();
            await seen.Task.Within();
            await Task.WhenAll(talks).Within();
        }
        finally
        {
            ThreadPool.SetMinThreads(workers, ports);
        }
    }

    [Fact]
    public void What_a_handler_leaves_with_the_thread_is_not_there_for_the_next()
    {
        var local = new AsyncLocal<string>();
        string? found = null;
        SynchronizationContext? context = null;
        var thread = new Thread(() =>
        {
            var worker = new LoopWorker();
            worker.Run(new Item(() =>
            {
                local.Value = "of the first";
                SynchronizationContext.SetSynchronizationContext(new SynchronizationContext());
            }));
            worker.Run(new Item(() => (found, context) = (local.Value, SynchronizationContext.Current)));
        });
        thread.UnsafeStart();
        Assert.True(thread.Join(TimeSpan.FromSeconds(30)));
        Assert.Null(found);
        Assert.Null(context);
    }

    private sealed class Item(Action run) : IThreadPoolWorkItem
    {
        public void Execute() => run();
    }

    /// <summary>An echo on the loop, and its peer.</summary>
    private sealed class Echo : IAsyncDisposable
    {
        private readonly Socket _peer;
        private readonly Task _handler;

        private Echo(Socket peer, Socket server, Action? onLine)
        {
            _peer = peer;
            _handler = HandleAsync(server, onLine);
        }

        public static async Task<Echo> StartAsync(Action? onLine = null)
        {
            var (peer, server) = await Streams.TcpPairAsync();
            return new Echo(peer, server, onLine);
        }

        public void Send() => _peer.Send("line\n"u8);

        public async Task ReceiveAsync()
        {
            var answer = new byte[8];
            Assert.Equal(5, await _peer.ReceiveAsync(answer).Within());
        }

        public async Task TalkAsync()
        {
            Send();
            await ReceiveAsync();
        }

        public async ValueTask DisposeAsync()
        {
            _peer.Shutdown(SocketShutdown.Send);
            await _handler.Within();
            _peer.Dispose();
        }

        private static async Task HandleAsync(Socket server, Action? onLine)
        {
            await using var stream = Streams.Over(StreamTransport.FromSocket(server));
            while (await stream.ReadLineAsync().ConfigureAwait(false) is { Length: > 0 } line)
            {
                onLine?.Invoke();
                stream.Write(line);
                await stream.DrainAsync().ConfigureAwait(false);
            }
        }
    }
}
