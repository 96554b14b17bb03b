using System.Net;

namespace Kestrel.Streams.Tests;

/// <summary><c>deploy/try-cluster.sh</c>, as somebody runs it who wants to see it.</summary>
public sealed class TryClusterTests : IDisposable
{
    private static readonly TimeSpan _limit = TimeSpan.FromMinutes(4);

    private readonly Ports _ports = new();

    public void Dispose() => _ports.Dispose();

    [Fact]
    public async Task It_starts_a_chat_of_three_nodes_and_Ctrl_C_leaves_nothing()
    {
        Programs.PathOf("haproxy");
        Programs.PathOf("rabbitmq-server");
        var (page, chat) = (_ports.Take(), _ports.Take());
        var folder = Directory.CreateTempSubdirectory("ks-try-");
        await using var script = Start(folder, page, chat, Paths.Sample);
        await script.HearAsync($"The chat of three nodes: http://127.0.0.1:{page} and nc 127.0.0.1 {chat}.", _limit);

        var everybody = await Task.WhenAll(Enumerable.Range(0, 3).Select(_ => ChatPeer.AtAsync(new IPEndPoint(IPAddress.Loopback, chat), "try")));
        foreach (var talker in everybody)
        {
            await talker.TypeAsync("hello");
            foreach (var user in everybody) await user.ReadUntilAsync(": hello");
        }

        foreach (var user in everybody) await user.TypeAsync("/who", until: "3 in try:");
        var children = ChildrenOf(script.Id);
        Assert.True(children.Count >= 5, $"RabbitMQ, three nodes and HAProxy are more than {children.Count} processes.");

        await script.SignalAsync("INT");

        Assert.True(await script.ExitAsync(_limit) == 0, script.Said);
        Assert.DoesNotContain(children, static id => Directory.Exists($"/proc/{id}"));
        Assert.Empty(folder.EnumerateFileSystemInfos());
        foreach (var user in everybody) await user.DisposeAsync();
        folder.Delete();
    }

    [Fact]
    public async Task What_does_not_start_is_told_and_nothing_is_left()
    {
        Programs.PathOf("haproxy");
        Programs.PathOf("rabbitmq-server");
        var folder = Directory.CreateTempSubdirectory("ks-try-");
        await using var script = Start(folder, _ports.Take(), _ports.Take(), "/no/such/program.dll");

        Assert.Equal(1, await script.ExitAsync(_limit));
        Assert.Contains("node1 has ended instead of listening on port", script.Said, StringComparison.Ordinal);
        Assert.Contains("/no/such/program.dll", script.Said, StringComparison.Ordinal);
        Assert.Empty(folder.EnumerateFileSystemInfos());
        folder.Delete();
    }

    private static ChildProcess Start(DirectoryInfo folder, int page, int chat, string program) => new(
        "try-cluster.sh", Paths.Deploy("try-cluster.sh"), [program], ("PAGE_PORT", $"{page}"), ("CHAT_PORT", $"{chat}"), ("TMPDIR", folder.FullName));

    /// <summary>All that a process has started, and what that has.</summary>
    private static List<int> ChildrenOf(int id)
    {
        var children = Directory.EnumerateDirectories($"/proc/{id}/task").SelectMany(static task => File.ReadAllText(Path.Combine(task, "children")).Split(' ', StringSplitOptions.RemoveEmptyEntries)).Select(int.Parse).ToList();
        return [.. children, .. children.SelectMany(ChildrenOf)];
    }
}
