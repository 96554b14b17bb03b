using System.Net;
using System.Net.Sockets;

namespace Kestrel.Streams.Tests;

public sealed class TroubleTests : IDisposable
{
    private const string Tcp = "--Streams:Servers:tcp:Endpoints:Echo:Url";
    private const string Unix = "--Streams:Servers:unix:Endpoints:Echo:Url";

    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("ks");

    private string UnixPath => Path.Combine(_directory.FullName, "echo.sock");

    public void Dispose() => _directory.Delete(recursive: true);

    [Fact]
    public async Task A_taken_TCP_port_is_one_line()
    {
        using var taken = new TcpListener(IPAddress.Loopback, 0);
        taken.Start();
        await FailsAsync(
            $"Cannot listen on {taken.LocalEndpoint}: Address already in use", "Streams:Servers:tcp:Endpoints:Echo:Url is 'tcp://", Tcp, $"tcp://{taken.LocalEndpoint}");
    }

    [Fact]
    public async Task A_taken_page_address_is_one_line()
    {
        using var taken = new TcpListener(IPAddress.Loopback, 0);
        taken.Start();
        await FailsAsync($"http://{taken.LocalEndpoint}", "address already in use", "--Urls", $"http://{taken.LocalEndpoint}");
        Assert.False(File.Exists(UnixPath));
    }

    [Fact]
    public async Task A_Unix_path_with_a_live_server_is_one_line_and_the_server_stays()
    {
        using var taken = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        taken.Bind(new UnixDomainSocketEndPoint(UnixPath));
        taken.Listen();
        await FailsAsync($"Cannot listen on {UnixPath}: Address already in use", $"Streams:Servers:unix:Endpoints:Echo:Url is 'unix:{UnixPath}'");
        using var peer = await EchoPeer.ConnectAsync(new UnixDomainSocketEndPoint(UnixPath));
    }

    [Fact]
    public async Task A_socket_file_that_a_dead_server_left_is_replaced()
    {
        using (var dead = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified))
        {
            dead.Bind(new UnixDomainSocketEndPoint(UnixPath));
            File.Move(UnixPath, UnixPath + ".kept");   // the runtime deletes the file when it closes the socket: a crash would not
        }
        File.Move(UnixPath + ".kept", UnixPath);

        await using var sample = new SampleProcess(Arguments());
        await sample.ReadyAsync();
        using var peer = await EchoPeer.ConnectAsync(new UnixDomainSocketEndPoint(UnixPath));
        await peer.SendAsync("hello\n");
        Assert.Equal("hello", await peer.ReadLineAsync());
    }

    [Theory]
    [InlineData("'70000'", Tcp, "tcp://127.0.0.1:70000")]
    [InlineData("'-1'", Tcp, "tcp://127.0.0.1:-1")]
    [InlineData("'abc'", Tcp, "tcp://127.0.0.1:abc")]
    [InlineData("it is empty", Tcp, "")]
    [InlineData("'localhost:5080'", "--Urls", "localhost:5080")]
    [InlineData("'http://localhost:abc'", "--Urls", "http://localhost:abc")]
    [InlineData("'http://localhost:70000'", "--Urls", "http://localhost:70000")]
    [InlineData("'http://localhost:0'", "--Urls", "http://localhost:0")]
    [InlineData("/no/such/directory/echo.sock", Unix, "unix:/no/such/directory/echo.sock")]
    public Task A_bad_setting_is_one_line(string complaint, string name, string value) => FailsAsync(complaint, name[2..], name, value);

    [Fact]
    public Task A_Unix_path_that_is_too_long_is_one_line() =>
        FailsAsync("bytes, use one of at most", "107", Unix, "unix:" + Path.Combine(_directory.FullName, new string('x', 107)));

    [Fact]
    public async Task Five_faults_are_five_lines()
    {
        await using var sample = new SampleProcess(
            [.. SampleHost.Arguments(UnixPath), Tcp, "tcp://127.0.0.1", Unix, "unix:", "--Streams:Servers:tcp:IdleTimeout", "soon",
                "--Streams:Servers:tls:MaxConections", "10", "--Urls", "nonsense"]);

        var (code, error) = await sample.ExitAsync();

        Assert.Equal(1, code);
        Assert.Equal("", sample.Output);
        Assert.Equal(
            [
                "Urls has 'nonsense': it must be an http address, as in --Urls http://localhost:5080.",
                "Streams:Servers:tcp:IdleTimeout is 'soon': write hours:minutes:seconds, like 00:00:30, above zero and at most 49 days (49.00:00:00), or Infinite.",
                "Streams:Servers:tcp:Endpoints:Echo:Url is 'tcp://127.0.0.1': it has no port, write tcp://127.0.0.1:port.",
                "Streams:Servers:tls:MaxConections is not known: ...",
                "Streams:Servers:unix:Endpoints:Echo:Url is 'unix:': it has no path, write unix:/path, or unix:@name for an abstract name.",
            ],
            error.TrimEnd('\n').Split('\n').Select(static line => line.Contains("not known", StringComparison.Ordinal) ? line[..line.IndexOf(" write ", StringComparison.Ordinal)] + " ..." : line));
    }

    private async Task FailsAsync(string complaint, string remedy, params string[] arguments)
    {
        await using var sample = new SampleProcess([.. Arguments(), .. arguments]);
        var (code, error) = await sample.ExitAsync();
        Assert.Equal(1, code);
        Assert.Equal("", sample.Output);
        var line = Assert.Single(error.TrimEnd('\n').Split('\n'));
        Assert.Contains(complaint, line, StringComparison.Ordinal);
        Assert.Contains(remedy, line, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", line, StringComparison.Ordinal);
        Assert.DoesNotContain("Exception", line, StringComparison.Ordinal);
    }

    private string[] Arguments() => SampleHost.Arguments(UnixPath);
}
