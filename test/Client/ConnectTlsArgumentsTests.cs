using System.Net.Security;
using System.Net.Sockets;

namespace Kestrel.Streams.Tests;

/// <summary>What of TLS is refused before anything is connected.</summary>
public class ConnectTlsArgumentsTests
{
    private const string NoHost = "Tls is set and there is no name to check the certificate for: set ServerHostname to the name it must have.";

    [Fact]
    public async Task ServerHostname_without_Tls_is_refused()
    {
        var error = await RefusedAsync(new StreamClientOptions { ServerHostname = "printer" });

        Assert.StartsWith("ServerHostname is printer and there is no TLS: set Tls, or leave it null.", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task HandshakeTimeout_without_Tls_is_refused_even_if_it_is_the_usual_one()
    {
        var error = await RefusedAsync(new StreamClientOptions { HandshakeTimeout = TimeSpan.FromSeconds(10) });

        Assert.StartsWith("HandshakeTimeout is 00:00:10 and there is no TLS: set Tls, or leave it unset.", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_Unix_socket_needs_a_name_for_the_certificate()
    {
        var options = new StreamClientOptions { Tls = new SslClientAuthenticationOptions { TargetHost = "" } };

        var byPath = await Assert.ThrowsAsync<ArgumentException>("options", () => StreamClient.ConnectUnixAsync("/no/such", options));
        var byEndPoint = await Assert.ThrowsAsync<ArgumentException>(
            "options", () => StreamClient.ConnectAsync(new UnixDomainSocketEndPoint("/no/such"), options));

        Assert.StartsWith(NoHost, byPath.Message, StringComparison.Ordinal);
        Assert.StartsWith(NoHost, byEndPoint.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_connected_socket_needs_a_name_for_the_certificate_and_is_left_as_it_was()
    {
        using var listener = Listener.Tcp();
        var socket = listener.Connect();

        var error = await Assert.ThrowsAsync<ArgumentException>(
            "options", () => StreamClient.ConnectAsync(socket, new StreamClientOptions { Tls = new() }));

        Assert.StartsWith(NoHost, error.Message, StringComparison.Ordinal);
        Assert.True(socket.Blocking);
        await using var stream = await StreamClient.ConnectAsync(socket).Within();
        await listener.TalkAsync(stream);
    }

    // By every way to connect.
    private static async Task<ArgumentException> RefusedAsync(StreamClientOptions options)
    {
        using var listener = Listener.Tcp();
        var socket = listener.Connect();
        await Assert.ThrowsAsync<ArgumentException>(nameof(options), () => StreamClient.ConnectAsync(listener.EndPoint, options));
        await Assert.ThrowsAsync<ArgumentException>(nameof(options), () => StreamClient.ConnectAsync(socket, options));
        await Assert.ThrowsAsync<ArgumentException>(nameof(options), () => StreamClient.ConnectUnixAsync("/no/such", options));
        return await Assert.ThrowsAsync<ArgumentException>(nameof(options), () => StreamClient.ConnectAsync("127.0.0.1", listener.Port, options));
    }
}
