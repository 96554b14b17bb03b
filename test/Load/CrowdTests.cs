using System.Globalization;

namespace Kestrel.Streams.Tests;

/// <summary>Ten thousand connections that stay and a thousand that come and go, held for LOAD_SECONDS; 45 unless set.</summary>
public class CrowdTests(ITestOutputHelper output)
{
    private const int Staying = 10_000;
    private const int Churning = 1_000;
    private const int Leaving = 100;

    // All that a process has beside its connections, and connections that are still on their way out.
    private const int Spare = 1_500;

    // What the resident memory may rise by from the second third of the run to the last one: the garbage collector lets it go up and down by some
    // megabytes, and garbage that has grown old waits for minutes, some hundred bytes for each connection that has gone. A buffer of 4 KiB that each
    // left behind would be 30 MB in the 15 seconds of a third, and 400 MB in ten minutes.
    private const long MemorySlack = 16 << 20;
    private const long GarbageEach = 512;

    // New garbage fills the first generation once in half a minute. A shorter run has to see it collected, so there that generation has 4 MiB at most
    // (the setting is hexadecimal); a longer one leaves the collector as it is.
    private static readonly TimeSpan _long = TimeSpan.FromMinutes(3);

    private static readonly TimeSpan _round = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan _patience = TimeSpan.FromMinutes(2);

    private static TimeSpan Duration =>
        TimeSpan.FromSeconds(int.Parse(Environment.GetEnvironmentVariable("LOAD_SECONDS") ?? "45", CultureInfo.InvariantCulture));

    /// <summary>Where the samples and the summary are written to, as load.csv and load.txt.</summary>
    private static string Results => Environment.GetEnvironmentVariable("LOAD_RESULTS") ?? AppContext.BaseDirectory;

    [Fact]
    public async Task Nothing_is_lost_or_doubled_and_the_server_holds_no_more_than_it_did()
    {
        DescriptorLimit.Allows(Staying + Churning + Spare);
        await using var server = await EchoHost.StartAsync(
            ("Streams:Servers:tcp:MaxConnections", $"{Staying + Churning + (Spare / 2)}"),
            ("Streams:Servers:tcp:Backlog", "4096"),
            ("Streams:Servers:tcp:IdleTimeout", "00:01:00"),
            ("Streams:Servers:tcp:WriteTimeout", "00:00:30"),
            ("Logging:LogLevel:Kestrel.Streams.Server", "Information"),
            ("DOTNET_GCGen0MaxBudget", Duration < _long ? "400000" : ""));
        var figures = new LoadFigures();
        await (await Crowd.ConnectAsync(server.EndPoint, Leaving, figures)).FinishAsync().Within();
        var sockets = server.Figures.Sockets;

        var crowd = await Crowd.ConnectAsync(server.EndPoint, Staying, figures).Within(_patience);
        var churn = new Churn(server.EndPoint, Churning, firstNumber: Staying, figures);
        var load = Pacer.RunAsync(Duration, _round, (Staying, crowd.SayNext), (Churning, churn.TurnNext));
        var record = new LoadRecord();
        await record.WatchAsync(server.Figures, figures, load).Within(Duration + _patience);
        await churn.FinishAsync().Within(_patience);
        await crowd.FinishAsync().Within(_patience);
        Tell(record, figures, churn);

        Assert.Empty(figures.Faults);
        Assert.Equal(figures.Said, figures.Heard);
        Assert.True(crowd.Talks.All(static talk => talk.Heard > 0), "A connection has said nothing.");
        AssertFlat(record, churn.Came);
        await server.HasNoMoreSocketsAsync(sockets);
        await DrainAsync(server, figures);
        Assert.Empty(figures.Faults);
    }

    private static void AssertFlat(LoadRecord record, long came)
    {
        var memory = record.Thirds(static sample => sample.Memory);
        var slack = MemorySlack + (came / 3 * GarbageEach);
        Assert.True(memory.Last <= memory.Second + slack, $"{memory.Second:N0} bytes in the second third, {memory.Last:N0} in the last one.");
        var descriptors = record.Thirds(static sample => sample.Descriptors);
        Assert.True(descriptors.Last <= descriptors.Second + (Spare / 10), $"{descriptors.Second} descriptors in the second third, {descriptors.Last} in the last one.");
        Assert.InRange(record.Samples.Max(static sample => sample.Descriptors), Staying, Staying + Churning + Spare);
    }

    /// <summary>Ends the server with connections open: they have their echo, and an end that is none of a fault.</summary>
    private static async Task DrainAsync(EchoHost server, LoadFigures figures)
    {
        var crowd = await Crowd.ConnectAsync(server.EndPoint, Leaving, figures).Within();
        for (var i = 0; i < Leaving; i++)
            crowd.SayNext();
        await Eventually.IsTrueAsync(() => crowd.Talks.All(static talk => talk.Heard == 1));

        Assert.Equal((0, ""), await server.StopAsync());

        await crowd.EndedAsync().Within();
        Assert.Contains($"Server tcp has closed: {Leaving} connections finished, 0 were cut.", Assert.Single(server.Lines("Server tcp has closed")));
        await crowd.FinishAsync().Within();
    }

    private void Tell(LoadRecord record, LoadFigures figures, Churn churn)
    {
        var memory = record.Thirds(static sample => sample.Memory / 1e6);
        var descriptors = record.Thirds(static sample => sample.Descriptors);
        string[] summary =
        [
            $"{Staying:N0} connections stayed for {Duration.TotalSeconds:N0} s, {churn.Came:N0} came and went, {Churning:N0} at a time.",
            $"{figures.Said:N0} lines were said, {figures.Heard:N0} came back in their turn and unchanged; {figures.Faults.Count()} faults.",
            $"Round trip: {figures.RoundTrips}.",
            $"Server's resident memory: {memory.Second:N1} MB in the second third, {memory.Last:N1} MB in the last one (medians), "
                + $"{record.Samples.Max(static sample => sample.Memory) / 1e6:N1} MB at most.",
            $"Server's descriptors: {descriptors.Second:N0} and {descriptors.Last:N0}; threads: {record.Samples.Max(static sample => sample.Threads)} at most.",
        ];
        record.Save(Path.Combine(Results, "load.csv"));
        File.WriteAllLines(Path.Combine(Results, "load.txt"), summary);
        foreach (var line in summary)
            output.WriteLine(line);
    }
}
