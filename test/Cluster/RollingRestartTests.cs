using System.Net;

namespace Kestrel.Streams.Tests;

/// <summary>All nodes are restarted one after the other, and the broker in between, while two hundred users chat.</summary>
public sealed class RollingRestartTests(Cluster cluster)
{
    private const int Talkers = 200;
    private const int Rooms = 10;

    private static readonly TimeSpan _limit = TimeSpan.FromMinutes(2);

    [Fact]
    public Task Everybody_is_shown_every_line_once_and_in_order() => cluster.RunAsync(async () =>
    {
        var proxy = new IPEndPoint(IPAddress.Loopback, cluster.Proxy.ChatPort);
        var crowd = Enumerable.Range(0, Talkers).Select(id => new Talker(id, $"room{id % Rooms}", proxy)).ToList();
        var talks = crowd.ConvertAll(static talker => talker.RunAsync());
        var broken = Task.WhenAll(talks);
        await Task.WhenAny(broken, Task.WhenAll(crowd.Select(static talker => talker.Talks))).Within(_limit);

        foreach (var node in cluster.Nodes)
        {
            await node.DrainAndStopAsync();
            await node.StartAsync();
            await cluster.Proxy.SeesAsync(node, up: true);
            if (node != cluster.Nodes[1]) continue;
            await cluster.Broker.StopAsync();
            await cluster.Broker.StartAsync();
            await Eventually.IsTrueAsync(() => crowd.Sum(static talker => talker.GapsOver) > 0, _limit, "nodes hear of each other again");
        }

        crowd.ForEach(static talker => talker.End());
        for (var room = 0; room < Rooms; room++)
        {
            await using var last = await ChatPeer.AtAsync(cluster.Nodes[0], $"room{room}");
            await last.TypeAsync(Talker.LastLineOf($"room{room}"), until: Talker.LastLineOf($"room{room}"));
        }

        await broken.Within(_limit);
        foreach (var room in crowd.GroupBy(static talker => talker.Room)) Slices.AreOfOneSequence(room.SelectMany(static talker => talker.Connections));
        foreach (var talker in crowd) Slices.GoOn(talker.Connections);
        Assert.All(crowd, static talker => Assert.True(talker.Gaps > 0, "A user was not told of the gap."));
        TestContext.Current.SendDiagnosticMessage($"{crowd.Sum(static talker => talker.Connections.Count)} connections, {crowd.Sum(static talker => talker.Connections.Sum(static lines => lines.Count))} lines shown");
    });
}
