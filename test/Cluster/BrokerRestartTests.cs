namespace Kestrel.Streams.Tests;

/// <summary>A broker that is away leaves a gap that users see, and no hole and no echo in what they read.</summary>
public sealed class BrokerRestartTests(Cluster cluster)
{
    [Fact]
    public Task What_is_said_meanwhile_is_told_afterwards_once_and_in_order() => cluster.RunAsync(async () =>
    {
        await using var first = await ChatPeer.AtAsync(cluster.Nodes[0], "gap");
        await using var second = await ChatPeer.AtAsync(cluster.Nodes[1], "gap");
        await first.TypeAsync("/nick Gabi", until: "You are Gabi now.");
        await first.TypeAsync("before", until: "Gabi: before");

        await cluster.Broker.StopAsync();
        await first.ReadUntilAsync("This node is cut off from the others: the broker is away. What is said here, up to 1000 lines, is told when it is back.");
        await second.ReadUntilAsync("This node is cut off");
        for (var number = 1; number <= 3; number++)
        {
            await first.TypeAsync($"meanwhile {number}");
            await second.TypeAsync($"likewise {number}");
        }

        await second.TypeAsync("/nick Gabi", until: "Nobody can tell at the moment whether that name is free");
        await cluster.Broker.StartAsync();
        await first.ReadUntilAsync("This node hears of the others again.");
        await second.ReadUntilAsync("This node hears of the others again.");
        await first.TypeAsync("after", until: "Gabi: after");
        await second.ReadUntilAsync("Gabi: after");

        foreach (var user in new[] { first, second })
        {
            var lines = user.Seen.Where(static line => !line.StartsWith('*')).Select(static line => line[(line.IndexOf(':', StringComparison.Ordinal) + 2)..]).ToList();
            Assert.Equal(["before", "meanwhile 1", "meanwhile 2", "meanwhile 3", "after"], lines.Where(static line => !line.StartsWith("likewise", StringComparison.Ordinal)));
            Assert.Equal(["likewise 1", "likewise 2", "likewise 3"], lines.Where(static line => line.StartsWith("likewise", StringComparison.Ordinal)));
        }

        await second.TypeAsync("/nick Gabi", until: "Gabi is taken.");
    });

    [Fact]
    public Task A_broker_that_hangs_is_away_and_what_it_takes_twice_is_shown_once() => cluster.RunAsync(async () =>
    {
        await using var first = await ChatPeer.AtAsync(cluster.Nodes[0], "stuck");
        await using var second = await ChatPeer.AtAsync(cluster.Nodes[1], "stuck");
        await first.TypeAsync("before", until: ": before");

        await cluster.Broker.SignalAsync("STOP");
        try
        {
            // These are in the connection that is given up, and are sent again on the next one; a broker that wakes up reads both.
            for (var number = 1; number <= 5; number++) await first.TypeAsync($"meanwhile {number}");
            await first.ReadUntilAsync("This node is cut off");
            await second.ReadUntilAsync("This node is cut off");
        }
        finally
        {
            await cluster.Broker.SignalAsync("CONT");
        }

        await first.ReadUntilAsync("This node hears of the others again.");
        await second.ReadUntilAsync("This node hears of the others again.");
        await first.TypeAsync("after", until: ": after");
        await second.ReadUntilAsync(": after");
        await using var late = await ChatPeer.AtAsync(cluster.Nodes[2], "stuck");
        await late.ReadUntilAsync(": after");
        foreach (var user in new[] { first, second, late })
        {
            var lines = user.Seen.Where(static line => !line.StartsWith('*')).Select(static line => line[(line.IndexOf(':', StringComparison.Ordinal) + 2)..]);
            Assert.Equal(["before", "meanwhile 1", "meanwhile 2", "meanwhile 3", "meanwhile 4", "meanwhile 5", "after"], lines);
        }
    });
}
