using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.Logging;
using Microsoft.Win32.SafeHandles;

namespace Kestrel.Streams.Tests;

/// <summary>What servers and clients do in a process that has no file descriptors left. Each is a process of its own.</summary>
internal static class ShortOfDescriptors
{
    // So many are left for what is no connection.
    private const int Margin = 16;

    private static readonly TimeSpan _pause = TimeSpan.FromMilliseconds(100);

    /// <summary>The listener tries again and again, slowly and without a flood of lines, serves who is there, and accepts the rest when it can.</summary>
    public static async Task AcceptAsync()
    {
        const int Left = 5, Peers = 30;
        using var log = new LogCapture();
        var time = new ManualTime();
        await using var server = new StreamServer(Talk.EchoAsync, "127.0.0.1", options: new() { LoggerFactory = log.Factory, TimeProvider = time });
        await server.StartServingAsync().Within();
        await using var first = await server.ConnectAsync();
        await first.HearsItselfAsync();
        var peers = Enumerable.Range(0, Peers).Select(static _ => FaultProxy.NewSocket(AddressFamily.InterNetwork)).ToArray();
        using var shortage = new DescriptorShortage(Margin + Left);
        foreach (var peer in peers) peer.Connect(server.EndPoints[0]);
        // The one that is the first of the margin is served; then there is none more.
        await Eventually.IsTrueAsync(() => server.ConnectionCount == 1 + Left + 1);

        // A look for each pause, and none while the time stands still: no thread spins. Who is there is served.
        for (var looks = 0; looks < 250; looks++)
        {
            if (looks % 50 == 0) await first.HearsItselfAsync();
            await time.AdvanceToTimerAsync(_pause);
        }

        await time.TimerAsync(_pause).Within();

        // 25 seconds: the first, and one each ten seconds.
        Assert.Equal(3, log.Complaints.Count);
        Assert.All(log.Complaints, static entry =>
        {
            Assert.Equal(LogLevel.Warning, entry.Level);
            Assert.Contains("Too many open files", entry.Message, StringComparison.Ordinal);
        });

        shortage.Dispose();
        time.Advance(_pause);
        foreach (var peer in peers) Answers(peer);
        Assert.Equal(1 + Peers, server.ConnectionCount);
    }

    /// <summary>A connection that ends gives its place to one that waits.</summary>
    public static async Task AcceptOneByOneAsync()
    {
        using var log = new LogCapture();
        await using var server = new UnixStreamServer(Talk.EchoAsync, "\0ks-faults-" + Guid.NewGuid().ToString("N"), new() { LoggerFactory = log.Factory });
        await server.StartServingAsync().Within();
        await using (var first = await server.ConnectAsync()) await first.HearsItselfAsync();
        await Eventually.IsTrueAsync(() => server.ConnectionCount == 0);
        var peers = Enumerable.Range(0, 10).Select(static _ => FaultProxy.NewSocket(AddressFamily.Unix)).ToArray();
        using var shortage = new DescriptorShortage(Margin + 1);
        foreach (var peer in peers) peer.Connect(server.EndPoints[0]);

        // Two are served at once, and then each takes the descriptor of one before.
        foreach (var peer in peers)
        {
            Answers(peer);
            peer.Shutdown(SocketShutdown.Both);
        }

        Assert.Single(log.Complaints);
    }

    /// <summary>The loop of a connection's own thread is made when the first one comes, and may be what there is too little for.</summary>
    public static async Task InlineLoopAsync()
    {
        using var log = new LogCapture();
        var time = new ManualTime();
        await using var server = new StreamServer(
            Talk.EchoAsync, "127.0.0.1", options: new() { LoggerFactory = log.Factory, UnsafePreferInlineScheduling = true, TimeProvider = time });
        await server.StartServingAsync().Within();
        await using (var warm = new StreamServer(Talk.EchoAsync, "127.0.0.1"))
        {
            await warm.StartServingAsync().Within();
            await using var client = await warm.ConnectAsync();
            await client.HearsItselfAsync();
        }

        var before = CountLoops();
        // For the accept alone; for the epoll of the loop too; and for all but the thread, which takes two.
        for (var left = 1; left <= 3; left++)
        {
            using var lost = FaultProxy.NewSocket(AddressFamily.InterNetwork);
            using var shortage = new DescriptorShortage(left);
            lost.Connect(server.EndPoints[0]);

            // It is accepted, and can only be let go.
            var isOver = IsOver(lost);
            shortage.Dispose();
            Assert.True(isOver);
            Assert.Equal(0, server.ConnectionCount);
            await time.AdvanceToTimerAsync(_pause);
        }

        Assert.Equal(before, CountLoops());
        Assert.Single(log.Complaints);
        for (var i = 0; i < 2 * Environment.ProcessorCount; i++)
        {
            await using var next = await server.ConnectAsync();
            await next.HearsItselfAsync();
        }
    }

    /// <summary>
    /// Two streams over one socket, each of which waits: the second one takes a descriptor more, and when there is none it must not take away what
    /// the first one waits for.
    /// </summary>
    public static async Task TwoStreamsOverOneSocketAsync()
    {
        using var listener = FaultProxy.NewSocket(AddressFamily.Unix);
        listener.Bind(new UnixDomainSocketEndPoint("\0ks-faults-" + Guid.NewGuid().ToString("N")));
        listener.Listen();
        for (var round = 0; round < 2; round++)
        {
            using var socket = FaultProxy.NewSocket(AddressFamily.Unix);
            socket.Connect(listener.LocalEndPoint!);
            using var peer = listener.Accept();
            var input = await StreamClient.ConnectReadPipeAsync(new SafeFileHandle(socket.Handle, ownsHandle: false)).Within();
            var output = await StreamClient.ConnectWritePipeAsync(new SafeFileHandle(socket.Handle, ownsHandle: false)).Within();
            var line = input.ReadLineAsync().AsTask();
            // The first round only loads what the second one needs.
            using (var shortage = round == 0 ? null : new DescriptorShortage(left: 0))
            {
                var write = output.WriteAsync(new byte[8 << 20]).AsTask();
                if (round == 0) await output.AbortAsync().Within();
                var error = await Assert.ThrowsAnyAsync<Exception>(() => write).Within();
                if (round == 1) Assert.Contains("Too many open files", error.Message, StringComparison.Ordinal);
                await output.CloseAsync().Within();
            }

            peer.Send("hello\n"u8);
            Assert.Equal("hello\n"u8.ToArray(), await line.Within());
            await input.CloseAsync().Within();
        }
    }

    /// <summary>A connect says what there is none of, and the next one succeeds.</summary>
    public static async Task ConnectAsync()
    {
        using var listener = FaultProxy.NewSocket(AddressFamily.InterNetwork);
        listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        listener.Listen();
        // What it takes to connect, and to fail, is loaded before there is nothing to load it with.
        await using (var first = await StreamClient.ConnectAsync(listener.LocalEndPoint!).Within()) listener.Accept().Dispose();
        await Assert.ThrowsAsync<StreamConnectException>(() => StreamClient.ConnectUnixAsync("\0ks-faults-nobody")).Within();
        using (new DescriptorShortage(left: 0))
        {
            var error = await Assert.ThrowsAsync<StreamConnectException>(() => StreamClient.ConnectAsync(listener.LocalEndPoint!)).Within();
            Assert.Contains("Too many open files", error.Message, StringComparison.Ordinal);
        }

        await using var stream = await StreamClient.ConnectAsync(listener.LocalEndPoint!).Within();
        using var peer = listener.Accept();
        peer.Send("hello\n"u8);
        Assert.Equal("hello\n", await stream.HearLineAsync());
    }

    private static int CountLoops() => new DirectoryInfo("/proc/self/fd").EnumerateFileSystemInfos().Count(static file => file.LinkTarget == "anon_inode:[eventpoll]");

    /// <summary>Whether the connection is over, in whatever way. Blocking: the loop of .NET's own sockets takes descriptors as well.</summary>
    private static bool IsOver(Socket peer)
    {
        peer.ReceiveTimeout = 30_000;
        try
        {
            return peer.Receive(new byte[1]) == 0;
        }
        catch (SocketException e)
        {
            return e.SocketErrorCode == SocketError.ConnectionReset;
        }
    }

    /// <summary>Says a line as a peer that cannot have a stream, and hears it again.</summary>
    private static void Answers(Socket peer)
    {
        peer.ReceiveTimeout = 30_000;
        peer.Send("hello\n"u8);
        var answer = new byte[6];
        for (int count = 0, some; count < answer.Length; count += some)
        {
            some = peer.Receive(answer.AsSpan(count));
            Assert.True(some > 0);
        }

        Assert.Equal("hello\n"u8.ToArray(), answer);
    }
}
