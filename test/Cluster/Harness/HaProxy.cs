using System.Text;

namespace Kestrel.Streams.Tests;

/// <summary>HAProxy with the configuration of <c>deploy</c>.</summary>
internal sealed class HaProxy(string folder, Ports ports, IReadOnlyList<ChatNode> nodes) : IAsyncDisposable
{
    private static readonly TimeSpan _limit = TimeSpan.FromMinutes(1);

    private ChildProcess? _run;

    public int ChatPort { get; } = ports.Take();

    public int PagePort { get; } = ports.Take();

    public string Said => $"--- haproxy\n{_run?.Said}\n";

    private string AdminPath => Path.Combine(folder, "admin.sock");

    public async Task StartAsync()
    {
        _run = new ChildProcess(
            "haproxy", Programs.PathOf("haproxy"), ["-W", "-db", "-f", Paths.Deploy("haproxy.cfg")],
            [
                ("CHAT_LISTEN", $"127.0.0.1:{ChatPort}"), ("PAGE_LISTEN", $"127.0.0.1:{PagePort}"), ("ADMIN_SOCKET", AdminPath),
                .. nodes.Select(static (node, index) => ($"CHAT_{index + 1}", $"127.0.0.1:{node.ChatPort}")),
                .. nodes.Select(static (node, index) => ($"PAGE_{index + 1}", $"127.0.0.1:{node.PagePort}")),
            ]);
        // The master of the workers tells when it has started one; its sockets listen then.
        await _run.HearAsync("forked", _limit);
    }

    /// <summary>Done when the checks of HAProxy have found a node well, or not.</summary>
    public Task SeesAsync(ChatNode node, bool up) => Eventually.IsTrueAsync(
        async () => (await StateOfAsync(node)).StartsWith("UP", StringComparison.Ordinal) == up, _limit, $"HAProxy has {node.Name} {(up ? "up" : "down")}");

    public async ValueTask DisposeAsync()
    {
        if (_run is not null) await _run.DisposeAsync();
    }

    private async Task<string> StateOfAsync(ChatNode node)
    {
        await using var admin = await StreamClient.ConnectUnixAsync(AdminPath).Within();
        await admin.WriteAsync("show stat\n").Within();
        var lines = Encoding.ASCII.GetString(await admin.ReadToEndAsync().Within()).Split('\n');
        var column = lines[0].Split(',').IndexOf("status");
        var server = $"pages,node{nodes.ToList().IndexOf(node) + 1},";
        return lines.Single(line => line.StartsWith(server, StringComparison.Ordinal)).Split(',')[column];
    }
}
