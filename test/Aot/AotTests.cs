namespace Kestrel.Streams.Tests;

/// <summary>A server and a client that were compiled ahead of time, without a runtime beside them.</summary>
public class AotTests(PublishedProgram program) : IClassFixture<PublishedProgram>
{
    [Fact]
    public void The_compiler_has_nothing_to_warn_of() => Assert.Equal("", program.Output.Trim());

    [Theory]
    [InlineData("tcp://127.0.0.1:0")]
    [InlineData("tls://127.0.0.1:0")]
    [InlineData("unix:native.sock")]
    public async Task Server_and_client_talk(string url)
    {
        using var certificates = new CertificateFiles();
        await using var server = Start(
            "server", $"--Streams:Servers:echo:Endpoints:Main:Url={url}", "--Streams:Servers:echo:IdleTimeout=00:01:00",
            $"--Streams:Servers:echo:Certificate:Path={certificates.Server}", $"--Streams:Servers:echo:Certificate:KeyPath={certificates.ServerKey}");
        var address = await ServingOnAsync(server);

        var reached = url.StartsWith("unix:", StringComparison.Ordinal) ? url : url.Replace("127.0.0.1:0", address, StringComparison.Ordinal);
        string[] trust = url.StartsWith("tls:", StringComparison.Ordinal) ? [$"--Streams:Clients:echo:Tls:CaFile={certificates.Authority}"] : [];
        await using var client = Start("client", (string[])["hello, native world", $"--Streams:Clients:echo:Url={reached}", .. trust]);

        Assert.Equal((0, "hello, native world\n", ""), await client.EndAsync());
        Assert.Equal(0, (await server.InterruptAsync()).Code);
    }

    [Fact]
    public async Task Every_fault_of_the_configuration_is_a_line()
    {
        await using var server = Start("server", "--Streams:Servers:echo:IdleTimeout=soon", "--Streams:Servers:echo:MaxConnections=0");

        var (code, output, error) = await server.EndAsync();
        Assert.Equal((1, ""), (code, output));
        var lines = error.TrimEnd('\n').Split('\n');
        Assert.Equal(2, lines.Length);
        Assert.Contains(lines, static line => line.StartsWith("Streams:Servers:echo:IdleTimeout is 'soon':", StringComparison.Ordinal));
        Assert.Contains(lines, static line => line.StartsWith("Streams:Servers:echo:MaxConnections is '0':", StringComparison.Ordinal));
    }

    // A runner that was itself started in the background may ignore SIGINT, and a child inherits that.
    private RunningProgram Start(string role, params IEnumerable<string> arguments) =>
        RunningProgram.Start("env", ["-C", program.Folder, "--default-signal=INT", program.Path, role, .. arguments]);

    private static async Task<string> ServingOnAsync(RunningProgram server)
    {
        const string Beginning = "Serving on ";
        while (true)
        {
            var line = await server.ReadLineAsync();
            if (line.StartsWith(Beginning, StringComparison.Ordinal)) return line[Beginning.Length..];
        }
    }
}
