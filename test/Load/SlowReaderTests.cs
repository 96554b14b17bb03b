using System.Net.Sockets;

namespace Kestrel.Streams.Tests;

/// <summary>An army of peers that never read costs little and goes, and those that read are served all the while.</summary>
public class SlowReaderTests(ITestOutputHelper output)
{
    private const int Slow = 1_000;
    private const int Good = 100;
    private const int Waves = 2;

    // What a slow reader may cost: what is unsent (HighWaterMark, in up to two blocks of 64 KiB), what is read ahead (up to twice Limit), and as much
    // again of smaller blocks that were given up as they grew, until the garbage collector comes.
    private const long MemoryEach = 2 * (128 + 128) << 10;

    // What the server's memory may rise by beside that: code that is compiled, log lines, garbage.
    private const long MemorySlack = 32 << 20;

    private static readonly TimeSpan _patience = TimeSpan.FromMinutes(1);

    [Fact]
    public async Task They_are_cut_by_WriteTimeout_cost_bounded_memory_and_the_others_are_served()
    {
        DescriptorLimit.Allows(2 * (Slow + Good));
        await using var server = await EchoHost.StartAsync(
            ("Streams:Servers:tcp:Backlog", "4096"),
            ("Streams:Servers:tcp:WriteTimeout", "00:00:02"),
            ("Logging:LogLevel:Kestrel.Streams.Server", "Debug"));
        var sockets = server.Figures.Sockets;
        await using var good = await PingPong.StartAsync(server.EndPoint, Good);
        await good.HaveRoundsAsync(100).Within();
        var before = server.Figures.Memory;

        for (var wave = 1; wave <= Waves; wave++)
        {
            var served = good.Heard();
            var most = await AttackAsync(server);
            var fewest = good.Heard().Zip(served, static (after, before) => after - before).Min();
            Assert.True(fewest >= 10, $"Of those who read one was served {fewest} times only.");
            output.WriteLine($"Wave {wave}: the server's resident memory was {before / 1e6:N1} MB and is {most / 1e6:N1} MB at most, "
                + $"{(most - before) / 1024.0 / Slow:N1} KiB for a slow reader; each who reads was served at least {fewest} times.");
            Assert.True(most <= before + (Slow * MemoryEach) + MemorySlack, $"{before:N0} bytes before, {most:N0} bytes at most.");
            await server.HasNoMoreSocketsAsync(sockets + Good);
            // The log is behind what it tells of.
            await Eventually.IsTrueAsync(() => server.Lines("is over a timeout: Write.").Count >= wave * Slow);
            Assert.True(server.Lines("is over a timeout: Write.").Count == wave * Slow, "A slow reader, and nobody else, is over WriteTimeout.");
        }

        await good.FinishAsync().Within();
        output.WriteLine($"{good.Figures.Heard:N0} lines of the others came back; in no second fewer than {good.FewestInASecond}. {good.Figures.RoundTrips}.");
        Assert.Empty(good.Figures.Faults);
        Assert.Equal(good.Figures.Said, good.Figures.Heard);
        await server.HasNoMoreSocketsAsync(sockets);
        Assert.Equal((0, ""), await server.StopAsync());
    }

    /// <summary>Sends the army, waits until each of it is cut, and returns the most that the server had resident meanwhile.</summary>
    private async Task<long> AttackAsync(EchoHost server)
    {
        SlowReader[] army = [.. Enumerable.Range(0, Slow).Select(static _ => new SlowReader())];
        try
        {
            var attack = Task.WhenAll(army.Select(slow => slow.RunAsync(server.EndPoint)));
            var most = await MostMemoryAsync(server.Figures, attack).Within(_patience);
            Assert.All(army, static slow => Assert.True(slow.Cut is SocketError.ConnectionReset or SocketError.Shutdown, $"{slow.Cut}"));
            output.WriteLine($"Each was let say {army.Min(static slow => slow.Sent) / 1024:N0} to {army.Max(static slow => slow.Sent) / 1024:N0} KiB, all together {army.Sum(static slow => slow.Sent) / 1e6:N0} MB.");
            return most;
        }
        finally
        {
            foreach (var slow in army)
                slow.Dispose();
        }
    }

    private static async Task<long> MostMemoryAsync(ProcessFigures server, Task attack)
    {
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(100));
        var most = 0L;
        while (!attack.IsCompleted && await timer.WaitForNextTickAsync())
            most = Math.Max(most, server.Memory);
        await attack;
        return most;
    }
}
