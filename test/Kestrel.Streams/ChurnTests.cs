using System.Diagnostics;
using System.Threading.Channels;

namespace Kestrel.Streams.Tests;

/// <summary>Connections that come and go leave nothing behind. Files and memory are counted for the whole process.</summary>
[Collection(Alone.Name)]
public class ChurnTests
{
    private const int Connections = 1000;

    private readonly Channel<ConnectionStream> _served = Channel.CreateUnbounded<ConnectionStream>();
    private readonly List<WeakReference> _streams = [];
    private int _running;

    [Theory]
    [MemberData(nameof(AnyServer.TcpAndUnix), MemberType = typeof(AnyServer))]
    public async Task A_thousand_connections_leave_no_sockets_no_handlers_and_no_memory_behind(bool unix)
    {
        await using var server = AnyServer.Of(unix, ServeAsync, new StreamServerOptions());
        await server.StartServingAsync().Within();
        await ComeAndGoAsync(server, 100);
        var (files, memory) = (OpenFiles(), UsedMemory());

        await ComeAndGoAsync(server, Connections);

        Assert.Equal(0, Volatile.Read(ref _running));
        var (filesAfter, memoryAfter) = (await OpenFilesAsync(files + 5), UsedMemory());
        Assert.True(filesAfter <= files + 5, $"{files} files were open before, {filesAfter} are after.");
        Assert.True(memoryAfter <= memory + (2 << 20), $"{memory} bytes were used before, {memoryAfter} are after.");
        var alive = _streams.Count(static stream => stream.IsAlive);
        Assert.True(alive <= 10, $"{alive} streams are still held by somebody.");
    }

    [Fact]
    public async Task A_server_that_is_bound_and_closed_again_and_again_leaves_nothing_behind()
    {
        await BindAndCloseAsync(20);
        var files = OpenFiles();

        await BindAndCloseAsync(200);

        var filesAfter = await OpenFilesAsync(files + 5);
        Assert.True(filesAfter <= files + 5, $"{files} files were open before, {filesAfter} are after.");
    }

    private static async Task BindAndCloseAsync(int rounds)
    {
        using var directory = new TempDirectory();
        await using var tcp = new StreamServer(Talk.EchoAsync, "127.0.0.1");
        await using var unix = new UnixStreamServer(Talk.EchoAsync, directory["s"]);
        for (var round = 0; round < rounds; round++)
        {
            await tcp.StartServingAsync().Within();
            await unix.StartServingAsync().Within();
            await tcp.CloseAsync().Within();
            await unix.CloseAsync().Within();
        }
    }

    private static int OpenFiles() => Directory.GetFiles("/proc/self/fd").Length;

    /// <summary>
    /// Waits until no more files than expected are open, within a limit: a socket that is closed while an accept is under way stays until the
    /// accept has ended, and other tests may have left some to the garbage collector.
    /// </summary>
    private static async Task<int> OpenFilesAsync(int expected)
    {
        var start = Stopwatch.GetTimestamp();
        while (OpenFiles() > expected && Stopwatch.GetElapsedTime(start) < TimeSpan.FromSeconds(10))
        {
            UsedMemory();
            await Task.Yield();
        }

        return OpenFiles();
    }

    private static long UsedMemory()
    {
        for (var i = 0; i < 3; i++)
        {
            GC.Collect();
            GC.WaitForPendingFinalizers();
        }

        return GC.GetTotalMemory(forceFullCollection: true);
    }

    private async Task ComeAndGoAsync(StreamServerBase server, int count)
    {
        for (var i = 0; i < count; i++)
        {
            var client = await server.ConnectAsync();
            // Some leave at once, some after a word, some in the middle of a line, some with an answer unread.
            if (i % 4 == 1) await client.HearsItselfAsync();
            if (i % 4 == 2) await client.WriteAsync("half a li").Within();
            if (i % 4 == 3) await client.WriteAsync("never read\n").Within();
            if (i % 8 < 4) await client.AbortAsync().Within();
            else await client.CloseAsync().Within();
            await client.WaitClosedAsync().Within();
            var stream = await _served.Reader.ReadAsync().Within();
            _streams.Add(new WeakReference(stream));
            await stream.WaitClosedAsync().Within();
        }
    }

    private async Task ServeAsync(ConnectionStream stream, CancellationToken stopping)
    {
        Interlocked.Increment(ref _running);
        try
        {
            await Talk.EchoAsync(stream);
        }
        finally
        {
            Interlocked.Decrement(ref _running);
            _served.Writer.TryWrite(stream);
        }
    }
}
