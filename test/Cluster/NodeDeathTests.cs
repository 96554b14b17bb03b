namespace Kestrel.Streams.Tests;

/// <summary>A node that dies takes its own users with it, and nothing else.</summary>
public sealed class NodeDeathTests(Cluster cluster)
{
    [Fact]
    public Task Others_are_told_names_are_free_again_and_no_line_is_lost() => cluster.RunAsync(async () =>
    {
        var dead = cluster.Nodes[1];
        await using var first = await ChatPeer.AtAsync(cluster.Nodes[0], "wake");
        await using var third = await ChatPeer.AtAsync(cluster.Nodes[2], "wake");
        await using var lost = await ChatPeer.AtAsync(dead, "wake");
        await lost.TypeAsync("/nick Zoe", until: "You are Zoe now.");
        await lost.TypeAsync("the last words", until: "the last words");

        await dead.KillAsync();

        await first.TypeAsync("still here", until: ": still here");
        await third.ReadUntilAsync(": still here");
        await first.ReadUntilAsync("The node web2 is lost, and with it Zoe");
        await third.ReadUntilAsync("The node web2 is lost, and with it Zoe");
        await first.TypeAsync("/who", until: "2 in wake");
        await first.TypeAsync("/nick Zoe", until: "You are Zoe now.");

        await dead.StartAsync();
        await cluster.Proxy.SeesAsync(dead, up: true);
        await using var back = await ChatPeer.AtAsync(dead, "wake");
        await back.ReadUntilAsync("Zoe: the last words");
        await back.ReadUntilAsync(": still here");
        await back.TypeAsync("back again", until: ": back again");
        await back.TypeAsync("/who", until: "3 in wake");
        await back.TypeAsync("/nick ZOE", until: "ZOE is taken.");
    });

    [Fact]
    public Task One_that_stops_in_order_tells_what_its_users_have_said_last_and_that_they_go() => cluster.RunAsync(async () =>
    {
        var stopped = cluster.Nodes[2];
        await using var first = await ChatPeer.AtAsync(cluster.Nodes[0], "parting");
        await using var third = await ChatPeer.AtAsync(stopped, "parting");
        await third.TypeAsync("/nick Max", until: "You are Max now.");
        await third.TypeAsync("so long", until: "Max: so long");

        await stopped.DrainAndStopAsync();

        await third.ReadUntilAsync("This node is drained.");
        await first.ReadUntilAsync("Max: so long");
        await first.ReadUntilAsync("Max has left");
        await first.TypeAsync("/nick Max", until: "You are Max now.");
        await stopped.StartAsync();
        await cluster.Proxy.SeesAsync(stopped, up: true);
    });
}
