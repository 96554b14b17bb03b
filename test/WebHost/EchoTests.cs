using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Text;

namespace Kestrel.Streams.Tests;

public class EchoTests(SampleHost host)
{
    [Theory, InlineData(false), InlineData(true)]
    public async Task A_line_comes_back_at_once(bool unix)
    {
        using var peer = await host.ConnectAsync(unix);
        await peer.SendAsync("hello\n");
        Assert.Equal("hello", await peer.ReadLineAsync());
        await peer.SendAsync("and again\n");
        Assert.Equal("and again", await peer.ReadLineAsync());
    }

    [Theory, InlineData(false), InlineData(true)]
    public async Task Pipelined_lines_and_a_last_one_without_its_end_come_back_as_they_were(bool unix)
    {
        var text = string.Join('\n', Enumerable.Range(0, 5000).Select(number => $"line {number}"));
        using var peer = await host.ConnectAsync(unix);
        var answer = peer.ReadToEndAsync();
        await peer.SendAsync(text);
        peer.SendEnd();
        Assert.Equal(text, await answer);
    }

    [Fact]
    public async Task A_line_over_the_limit_is_answered_with_one_line_and_the_next_one_is_echoed()
    {
        using var peer = await host.ConnectAsync();
        await peer.SendAsync(new string('x', 200_000) + "\nshort\n");
        Assert.Equal("error: a line may have 65536 bytes", await peer.ReadLineAsync());
        Assert.Equal("short", await peer.ReadLineAsync());
    }

    [Fact]
    public async Task Over_TLS_it_is_the_same_echo_with_a_certificate_that_nobody_trusts()
    {
        using var socket = new TcpClient();
        await socket.ConnectAsync(IPAddress.Loopback, host.TlsPort).Within();
        await using var tls = new SslStream(socket.GetStream(), leaveInnerStreamOpen: false, (_, certificate, _, errors) =>
            certificate!.Subject == "CN=localhost" && errors == SslPolicyErrors.RemoteCertificateChainErrors);
        await tls.AuthenticateAsClientAsync("localhost").Within();
        await tls.WriteAsync("hello\n"u8.ToArray()).AsTask().Within();
        var answer = new byte[6];
        await tls.ReadExactlyAsync(answer).AsTask().Within();
        Assert.Equal("hello\n", Encoding.ASCII.GetString(answer));
    }
}
