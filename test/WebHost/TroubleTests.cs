using System.Net;
using System.Net.Sockets;

namespace Kestrel.Streams.Tests;

public sealed class TroubleTests : IDisposable
{
    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("ks");

    private string UnixPath => Path.Combine(_directory.FullName, "echo.sock");

    public void Dispose() => _directory.Delete(recursive: true);

    [Fact]
    public async Task A_taken_TCP_port_is_one_line()
    {
        using var taken = new TcpListener(IPAddress.Loopback, 0);
        taken.Start();
        await FailsAsync($"TCP {taken.LocalEndpoint} is taken", "--Echo:Port", "--Echo:Port", $"{((IPEndPoint)taken.LocalEndpoint).Port}");
    }

    [Fact]
    public async Task A_taken_page_address_is_one_line()
    {
        using var taken = new TcpListener(IPAddress.Loopback, 0);
        taken.Start();
        await FailsAsync($"http://{taken.LocalEndpoint} is taken", "--Urls", "--Urls", $"http://{taken.LocalEndpoint}");
        Assert.False(File.Exists(UnixPath));
    }

    [Fact]
    public async Task A_Unix_path_with_a_live_server_is_one_line_and_the_server_stays()
    {
        using var taken = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        taken.Bind(new UnixDomainSocketEndPoint(UnixPath));
        taken.Listen();
        await FailsAsync($"Unix socket {UnixPath} is taken", "--Echo:UnixPath");
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
    [InlineData("'70000'", "--Echo:Port", "70000")]
    [InlineData("'-1'", "--Echo:Port", "-1")]
    [InlineData("'abc'", "--Echo:Port", "abc")]
    [InlineData("''", "--Echo:Port", "")]
    [InlineData("'localhost:5080'", "--Urls", "localhost:5080")]
    [InlineData("'http://localhost:abc'", "--Urls", "http://localhost:abc")]
    [InlineData("'http://localhost:70000'", "--Urls", "http://localhost:70000")]
    [InlineData("'http://localhost:0'", "--Urls", "http://localhost:0")]
    [InlineData("there is no such directory", "--Echo:UnixPath", "/no/such/directory/echo.sock")]
    public Task A_bad_setting_is_one_line(string complaint, string name, string value) => FailsAsync(complaint, name, name, value);

    [Fact]
    public Task A_Unix_path_that_is_too_long_is_one_line() =>
        FailsAsync("bytes long", "107", "--Echo:UnixPath", Path.Combine(_directory.FullName, new string('x', 107)));

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

    private string[] Arguments() => ["--Echo:Port", "0", "--Echo:UnixPath", UnixPath, "--Urls", "http://127.0.0.1:0"];
}
