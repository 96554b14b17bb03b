using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Kestrel.Streams.Tests;

/// <summary>sample/HttpHeaders.</summary>
public class HttpHeadersTests(CertificateFiles certificates) : IClassFixture<CertificateFiles>
{
    [Theory]
    [InlineData("-tls1_2")]
    [InlineData("-tls1_3")]
    public async Task It_prints_those_of_openssl_over_TLS(string version)
    {
        await using var server = StartOpenSsl(version);
        var port = await OpenSslPortAsync(server);

        await using var sample = RunningProgram.SampleThatTrusts(certificates.Authority, "HttpHeaders", $"https://localhost:{port}/");

        Assert.Equal((0, "HTTP header> HTTP/1.0 200 ok\nHTTP header> Content-type: text/plain\n", ""), await sample.EndAsync());
    }

    [Fact]
    public async Task It_prints_those_of_Python()
    {
        await using var server = RunningProgram.Start("python3", "-u", "-m", "http.server", "--bind", "127.0.0.1", "0");
        var port = (await server.ReadLineAsync()).Split(' ')[5];

        await using var sample = RunningProgram.Sample("HttpHeaders", $"http://127.0.0.1:{port}/no/such/page?at=all");

        var (code, output, error) = await sample.EndAsync();
        Assert.Equal((0, ""), (code, error));
        Assert.StartsWith("HTTP header> HTTP/1.0 404 File not found\nHTTP header> Server: SimpleHTTP/", output, StringComparison.Ordinal);
        Assert.All(output.TrimEnd('\n').Split('\n'), line => Assert.StartsWith("HTTP header> ", line, StringComparison.Ordinal));
    }

    [Fact]
    public async Task It_asks_for_the_path_and_says_which_host()
    {
        using var server = new OneAnswer("HTTP/1.1 204 No Content\r\n\r\nno header: any more");
        await using var sample = RunningProgram.Sample("HttpHeaders", $"http://someone@localhost:{server.Port}/a%20b?c=d#e");

        Assert.Equal((0, "HTTP header> HTTP/1.1 204 No Content\n", ""), await sample.EndAsync());
        Assert.Equal($"GET /a%20b?c=d HTTP/1.0\r\nHost: localhost:{server.Port}\r\n\r\n", await server.Request.Within());
    }

    [Fact]
    public async Task A_certificate_that_is_not_trusted_is_one_plain_line_with_the_remedy()
    {
        await using var server = StartOpenSsl();
        var port = await OpenSslPortAsync(server);

        await using var sample = RunningProgram.Sample("HttpHeaders", $"https://localhost:{port}/");

        await sample.FailsAsync("localhost: The remote certificate is invalid", "SSL_CERT_FILE=");
    }

    [Fact]
    public async Task A_server_without_TLS_is_one_plain_line()
    {
        using var server = new OneAnswer("220 I speak first\r\n");
        await using var sample = RunningProgram.Sample("HttpHeaders", $"https://localhost:{server.Port}/");

        await sample.FailsAsync("frame");
    }

    [Fact]
    public async Task A_server_that_gives_no_answer_is_one_plain_line()
    {
        using var server = new OneAnswer("");
        await using var sample = RunningProgram.Sample("HttpHeaders", $"http://localhost:{server.Port}/");

        await sample.FailsAsync($"localhost:{server.Port} closed the connection without an answer.");
    }

    [Fact]
    public async Task A_line_without_an_end_is_one_plain_line()
    {
        using var server = new OneAnswer(new string('x', 200_000));
        await using var sample = RunningProgram.Sample("HttpHeaders", $"http://localhost:{server.Port}/");

        await sample.FailsAsync("65536");
    }

    [Fact]
    public async Task A_host_that_does_not_exist_is_one_plain_line()
    {
        await using var sample = RunningProgram.Sample("HttpHeaders", "https://no.such.host.invalid/");

        await sample.FailsAsync("no.such.host.invalid could not be resolved");
    }

    [Theory]
    [InlineData]
    [InlineData("")]
    [InlineData("garbage")]
    [InlineData("/etc/passwd")]
    [InlineData("ftp://localhost/")]
    [InlineData("http://")]
    [InlineData("https://localhost:port/")]
    [InlineData("https://localhost/", "https://localhost/")]
    public async Task Anything_but_one_URL_is_one_plain_line(params string[] arguments)
    {
        await using var sample = RunningProgram.Sample("HttpHeaders", arguments);

        await sample.FailsAsync("Give one http or https URL");
    }

    private RunningProgram StartOpenSsl(params IEnumerable<string> options) => RunningProgram.Start(
        "openssl", ["s_server", "-WWW", "-accept", "127.0.0.1:0", "-cert", certificates.Server, "-key", certificates.ServerKey, .. options]);

    private static async Task<string> OpenSslPortAsync(RunningProgram server)
    {
        while (true)
        {
            var line = await server.ReadLineAsync();
            if (line.StartsWith("ACCEPT ", StringComparison.Ordinal)) return line.Split(':')[^1];
        }
    }

    /// <summary>Takes one connection, reads once, says one thing and leaves.</summary>
    private sealed class OneAnswer : IDisposable
    {
        private readonly TcpListener _listener = new(IPAddress.Loopback, 0);

        public OneAnswer(string answer)
        {
            _listener.Start();
            Request = AnswerAsync(Encoding.ASCII.GetBytes(answer));
        }

        public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

        public Task<string> Request { get; }

        public void Dispose() => _listener.Dispose();

        private async Task<string> AnswerAsync(byte[] answer)
        {
            using var client = await _listener.AcceptTcpClientAsync();
            var request = new byte[4096];
            var count = await client.GetStream().ReadAsync(request);
            await client.GetStream().WriteAsync(answer);
            return Encoding.ASCII.GetString(request, 0, count);
        }
    }
}
