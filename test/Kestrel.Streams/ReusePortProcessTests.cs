using System.Diagnostics;
using System.Globalization;

namespace Kestrel.Streams.Tests;

/// <summary>A port that is shared with another process.</summary>
public class ReusePortProcessTests
{
    /// <summary>Says "other", and prints its port when it listens.</summary>
    private const string Other = """
        import asyncio, sys

        async def serve(reader, writer):
            writer.write(b'other')
            writer.close()

        async def main():
            server = await asyncio.start_server(serve, '127.0.0.1', int(sys.argv[1]), reuse_port=True)
            print(server.sockets[0].getsockname()[1], flush=True)
            await server.serve_forever()

        asyncio.run(main())
        """;

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Two_processes_share_the_connections_of_one_port(bool weAreFirst)
    {
        await using var ours = new SharedPort();
        if (weAreFirst) await ours.StartAsync(0);
        using var other = await ListenAsync(weAreFirst ? ours.Port : 0);
        try
        {
            if (!weAreFirst) await ours.StartAsync(other.Port);
            Assert.Equal(ours.Port, other.Port);

            var answers = await ours.AskAsync(100);

            // The kernel deals by a hash: it does not give a hundred to one of two.
            Assert.Equal(["other", "ours"], answers.Distinct().Order(StringComparer.Ordinal));
            Assert.Equal(ours.Served, answers.Count(static answer => answer == "ours"));
        }
        finally
        {
            other.Process.Kill();
        }
    }

    [Fact]
    public async Task When_the_other_process_dies_we_serve_on()
    {
        await using var ours = new SharedPort();
        await ours.StartAsync(0);
        using var other = await ListenAsync(ours.Port);

        other.Process.Kill();
        await other.Process.WaitForExitAsync().Within();

        Assert.All(await ours.AskAsync(50), static answer => Assert.Equal("ours", answer));
    }

    private static async Task<OtherProcess> ListenAsync(int port)
    {
        var process = Process.Start(new ProcessStartInfo(Programs.PathOf("python3"), ["-c", Other, port.ToString(CultureInfo.InvariantCulture)])
        {
            UseShellExecute = false,
            RedirectStandardOutput = true,
        })!;
        return new OtherProcess(process, int.Parse((await process.StandardOutput.ReadLineAsync().Within())!, CultureInfo.InvariantCulture));
    }

    private sealed record OtherProcess(Process Process, int Port) : IDisposable
    {
        public void Dispose() => Process.Dispose();
    }

    /// <summary>Our server, which says "ours".</summary>
    private sealed class SharedPort : IAsyncDisposable
    {
        private StreamServer? _server;
        private int _served;

        public int Port => _server!.Port();

        public int Served => Volatile.Read(ref _served);

        public Task StartAsync(int port)
        {
            _server = new StreamServer(
                async stream =>
                {
                    Interlocked.Increment(ref _served);
                    await stream.WriteAsync("ours");
                },
                "127.0.0.1",
                port,
                new StreamServerOptions { ReusePort = true });
            return _server.StartServingAsync().Within();
        }

        public async Task<IReadOnlyList<string>> AskAsync(int times)
        {
            var answers = new List<string>();
            for (var i = 0; i < times; i++)
            {
                await using var client = await _server!.ConnectAsync();
                answers.Add(await client.HearAllAsync());
            }

            return answers;
        }

        public ValueTask DisposeAsync() => _server?.DisposeAsync() ?? ValueTask.CompletedTask;
    }
}
