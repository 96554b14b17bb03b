using System.Net;
using System.Text.Json;

namespace Kestrel.Streams.Tests;

/// <summary>Three nodes are one chat.</summary>
public sealed class NodesTests(Cluster cluster)
{
    [Fact]
    public Task A_room_its_history_and_who_is_in_it_span_the_nodes() => cluster.RunAsync(async () =>
    {
        await using var first = await ChatPeer.AtAsync(cluster.Nodes[0], "tea");
        await using var second = await ChatPeer.AtAsync(cluster.Nodes[1], "tea");
        await first.ReadUntilAsync("guest-web2");

        await first.TypeAsync("hello", until: "guest-web1");
        Assert.Contains(": hello", await second.ReadUntilAsync("hello"), StringComparison.Ordinal);
        await second.TypeAsync("hi", until: "hi");
        Assert.StartsWith("guest-web2", await first.ReadUntilAsync(": hi"), StringComparison.Ordinal);

        await using var third = await ChatPeer.AtAsync(cluster.Nodes[2], "tea");
        await third.ReadUntilAsync(": hello");
        await third.ReadUntilAsync(": hi");
        await third.TypeAsync("good day", until: ": good day");
        Assert.StartsWith("* 3 in tea: guest-web1-", await third.TypeAsync("/who", until: "3 in tea"), StringComparison.Ordinal);
    });

    [Fact]
    public Task A_name_is_given_once_and_a_word_finds_it_on_any_node() => cluster.RunAsync(async () =>
    {
        await using var first = await ChatPeer.AtAsync(cluster.Nodes[0], "names");
        await using var second = await ChatPeer.AtAsync(cluster.Nodes[1], "names");
        await first.TypeAsync("/nick Ada", until: "You are Ada now.");
        await second.ReadUntilAsync("is Ada now");
        await second.TypeAsync("/nick ADA", until: "ADA is taken.");
        await second.TypeAsync("/msg ada come here", until: "you -> ada: come here");
        Assert.EndsWith("-> you: come here", await first.ReadUntilAsync("come here"), StringComparison.Ordinal);

        await first.TypeAsync("/quit", until: "Goodbye");
        await second.ReadUntilAsync("Ada has left");
        await second.TypeAsync("/nick ADA", until: "You are ADA now.");
    });

    [Fact]
    public Task Behind_the_proxy_it_is_the_same_chat() => cluster.RunAsync(async () =>
    {
        await using var user = await ChatPeer.AtAsync(cluster.Proxy, "behind");
        await using var other = await ChatPeer.AtAsync(cluster.Nodes[2], "behind");
        await user.TypeAsync("anybody here?", until: "anybody here?");
        await other.ReadUntilAsync("anybody here?");

        using var page = new HttpClient { BaseAddress = new Uri($"http://127.0.0.1:{cluster.Proxy.PagePort}/") };
        Assert.Contains("<html", await page.GetStringAsync("").Within(), StringComparison.Ordinal);
    });

    [Fact]
    public Task A_page_behind_the_proxy_stays_with_one_node_and_cannot_drain_it() => cluster.RunAsync(async () =>
    {
        using var page = new HttpClient { BaseAddress = new Uri($"http://127.0.0.1:{cluster.Proxy.PagePort}/") };
        var nodes = new HashSet<string>(StringComparer.Ordinal);
        for (var i = 0; i < 2 * cluster.Nodes.Count; i++)
        {
            using var figures = JsonDocument.Parse(await page.GetStringAsync("figures").Within());
            nodes.Add(figures.RootElement.GetProperty("node").GetString()!);
        }

        Assert.Single(nodes);
        foreach (var path in new[] { "drain", "serve", "drain/" })
        {
            using var refused = await page.PostAsync(path, null).Within();
            Assert.Equal(HttpStatusCode.Forbidden, refused.StatusCode);
        }

        using var guide = JsonDocument.Parse(await page.GetStringAsync("guide").Within());
        Assert.False(guide.RootElement.GetProperty("isForOperator").GetBoolean());
    });
}
