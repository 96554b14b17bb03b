using System.Net;
using System.Net.Sockets;

namespace Kestrel.Streams.Tests;

public class StreamConnectExceptionTests
{
    private static readonly IPAddress[] _both = [IPAddress.IPv6Loopback, IPAddress.Loopback];

    [Fact]
    public async Task One_address_and_its_reason_are_one_sentence()
    {
        using var dead = Listener.Refusing();

        var error = await Assert.ThrowsAsync<StreamConnectException>(() => StreamClient.ConnectAsync(dead.EndPoint)).Within();

        Assert.Equal($"Could not connect to 127.0.0.1:{dead.Port}: Connection refused.", error.Message);
        var attempt = Assert.Single(error.Attempts);
        Assert.Equal(dead.EndPoint, attempt.EndPoint);
        Assert.Same(attempt.Error, error.InnerException);
        Assert.Equal(SocketError.ConnectionRefused, Assert.IsType<SocketException>(attempt.Error).SocketErrorCode);
    }

    [Fact]
    public async Task Every_address_and_its_reason_are_in_the_message()
    {
        using var host = ListenerPair.Of(Listener.Refusing, Listener.Refusing);
        var options = new StreamClientOptions { ResolveCallback = (_, _) => ValueTask.FromResult<IReadOnlyList<IPAddress>>(_both) };

        var error = await Assert.ThrowsAsync<StreamConnectException>(() => StreamClient.ConnectAsync("printer", host.Port, options)).Within();

        Assert.Equal(
            $"Could not connect to printer:{host.Port}: [::1]:{host.Port} (Connection refused), 127.0.0.1:{host.Port} (Connection refused).", error.Message);
        Assert.Equal([host.Six.EndPoint, host.Four.EndPoint], error.Attempts.Select(attempt => attempt.EndPoint));
        Assert.All(error.Attempts, attempt => Assert.IsType<SocketException>(attempt.Error));
        Assert.Same(error.Attempts[1].Error, error.InnerException);
    }

    [Fact]
    public async Task An_IPv6_host_is_in_brackets()
    {
        using var dead = Listener.Refusing(IPAddress.IPv6Loopback);

        var error = await Assert.ThrowsAsync<StreamConnectException>(() => StreamClient.ConnectAsync("::1", dead.Port)).Within();

        Assert.Equal($"Could not connect to [::1]:{dead.Port}: Connection refused.", error.Message);
    }

    [Fact]
    public void Is_an_IOException_that_anybody_can_make()
    {
        var last = new SocketException((int)SocketError.TimedOut);
        (EndPoint, Exception)[] attempts = [(new DnsEndPoint("a", 1), new IOException()), (new DnsEndPoint("b", 2), last)];

        IOException error = new StreamConnectException("no luck", attempts);

        Assert.Equal("no luck", error.Message);
        Assert.Same(last, error.InnerException);
        Assert.Same(attempts, ((StreamConnectException)error).Attempts);
        Assert.Null(new StreamConnectException("nothing tried", []).InnerException);
        Assert.Throws<ArgumentNullException>("attempts", () => new StreamConnectException("null", null!));
    }
}
