namespace Kestrel.Streams.Tests;

/// <summary>The units of <c>deploy/systemd</c>.</summary>
public sealed class SystemdTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("ks-units-");
    private readonly Ports _ports = new();

    public void Dispose()
    {
        _ports.Dispose();
        _folder.Delete(recursive: true);
    }

    [Fact]
    public async Task Systemd_finds_no_fault_in_them()
    {
        var analyze = Programs.PathOf("systemd-analyze");
        var dotnet = Programs.PathOf("dotnet");
        foreach (var unit in new[] { "chat.socket", "chat.service" })
            await File.WriteAllTextAsync(In(unit), (await ReadAsync(unit)).Replace("/usr/bin/dotnet", dotnet, StringComparison.Ordinal));

        await using var check = new ChildProcess("systemd-analyze", analyze, ["verify", "--man=no", In("chat.socket"), In("chat.service")]);

        Assert.Equal(0, await check.ExitAsync());
        Assert.Equal("", check.Said);
    }

    [Fact]
    public async Task What_they_set_makes_a_node_that_serves_on_the_socket_of_systemd()
    {
        var activate = Programs.PathOf("systemd-socket-activate");
        var port = _ports.Take();
        string[] here =
        [
            "Chat__Node=web1", "Urls=http://127.0.0.1:0", $"Streams__Servers__chat__Endpoints__Unix__Url=unix:{In("chat.sock")}",
            $"Streams__Servers__unix__Endpoints__Echo__Url=unix:{In("echo.sock")}", "Streams__Servers__chat__Endpoints__TLS__Url=tls://127.0.0.1:0",
            "Streams__Servers__tcp__Endpoints__Echo__Url=tcp://127.0.0.1:0", "Streams__Servers__tls__Endpoints__Echo__Url=tls://127.0.0.1:0",
        ];
        var name = Assert.Single(Settings(await ReadAsync("chat.socket"), "FileDescriptorName"));
        var environment = Settings(await ReadAsync("chat.service"), "Environment").Concat(here).SelectMany(static setting => new[] { "-E", setting });

        await using var node = new ChildProcess("node", activate, ["-l", $"127.0.0.1:{port}", $"--fdname={name}", .. environment, Programs.PathOf("dotnet"), Paths.Sample]);
        await node.HearAsync("Listening on");
        await using var user = await StreamClient.ConnectAsync("127.0.0.1", port).Within();
        await user.WriteAsync("PROXY UNKNOWN\r\n").Within();

        Assert.StartsWith("* Welcome, guest-web1-1.", System.Text.Encoding.UTF8.GetString(await user.ReadLineAsync().Within(TimeSpan.FromMinutes(1), node.Said)), StringComparison.Ordinal);
    }

    private static Task<string> ReadAsync(string unit) => File.ReadAllTextAsync(Paths.Deploy(Path.Combine("systemd", unit)));

    private static IEnumerable<string> Settings(string unit, string name) =>
        unit.Split('\n').Where(line => line.StartsWith($"{name}=", StringComparison.Ordinal)).Select(line => line[(name.Length + 1)..]);

    private string In(string name) => Path.Combine(_folder.FullName, name);
}
