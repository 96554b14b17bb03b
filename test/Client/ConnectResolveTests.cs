using System.Net;
using System.Net.Sockets;

namespace Kestrel.Streams.Tests;

public class ConnectResolveTests
{
    [Fact]
    public async Task Goes_on_to_the_next_address_when_one_refuses()
    {
        using var host = ListenerPair.Of(Listener.Tcp, Listener.Refusing);
        await using var stream = await StreamClient.ConnectAsync(
            "printer", host.Port, Resolving(IPAddress.IPv6Loopback, IPAddress.Loopback)).Within();

        await host.Four.TalkAsync(stream);
    }

    [Fact]
    public async Task The_first_address_that_answers_wins()
    {
        using var host = ListenerPair.Of(Listener.Tcp, Listener.Tcp);
        await using var stream = await StreamClient.ConnectAsync(
            "printer", host.Port, Resolving(IPAddress.IPv6Loopback, IPAddress.Loopback)).Within();

        await host.Six.TalkAsync(stream);
    }

    [Fact]
    public async Task An_address_that_is_told_twice_is_tried_once()
    {
        using var dead = Listener.Refusing();

        var error = await FailAsync("printer", dead.Port, Resolving(IPAddress.Loopback, IPAddress.Loopback));

        Assert.Single(error.Attempts);
    }

    [Fact]
    public async Task An_address_that_LocalEndPoint_cannot_reach_is_passed_over()
    {
        using var host = ListenerPair.Of(Listener.Tcp, Listener.Tcp);
        var options = Resolving(IPAddress.IPv6Loopback, IPAddress.Loopback);
        options.LocalEndPoint = new IPEndPoint(IPAddress.Loopback, 0);
        await using var stream = await StreamClient.ConnectAsync("printer", host.Port, options).Within();

        await host.Four.TalkAsync(stream);

        var error = await FailAsync("::1", host.Port, options);
        Assert.Equal(
            $"Could not connect to [::1]:{host.Port}: not to be reached from LocalEndPoint 127.0.0.1:0, which is of another family.", error.Message);
    }

    [Fact]
    public async Task The_callback_gets_the_host_and_a_token_that_can_be_cancelled()
    {
        using var listener = Listener.Tcp();
        (string Host, CancellationToken Token) seen = default;
        var options = new StreamClientOptions
        {
            ResolveCallback = (host, token) =>
            {
                seen = (host, token);
                return ValueTask.FromResult<IReadOnlyList<IPAddress>>([IPAddress.Loopback]);
            },
        };
        await using var stream = await StreamClient.ConnectAsync("printer", listener.Port, options).Within();

        Assert.Equal("printer", seen.Host);
        Assert.True(seen.Token.CanBeCanceled);
    }

    [Theory]
    [InlineData("127.0.0.1")]
    [InlineData("::ffff:127.0.0.1")]
    public async Task A_host_that_is_an_address_is_not_resolved(string host)
    {
        using var listener = Listener.Tcp();
        var options = new StreamClientOptions { ResolveCallback = (_, _) => throw new InvalidOperationException("asked") };
        await using var stream = await StreamClient.ConnectAsync(host, listener.Port, options).Within();

        await listener.TalkAsync(stream);
    }

    [Fact]
    public async Task A_name_that_does_not_resolve_is_named_with_the_resolvers_error_inside()
    {
        // An empty label: the system's resolver refuses it without asking anybody.
        var error = await FailAsync("no-label..host", 80, null);

        Assert.StartsWith(
            "Could not connect to no-label..host:80: no-label..host could not be resolved to an IP address: ", error.Message, StringComparison.Ordinal);
        Assert.Equal(SocketError.HostNotFound, Assert.IsType<SocketException>(error.InnerException).SocketErrorCode);
        Assert.Equal([(new DnsEndPoint("no-label..host", 80), error.InnerException)], error.Attempts);
    }

    [Fact]
    public async Task A_host_name_that_is_too_long_does_not_resolve()
    {
        var error = await FailAsync(new string('a', 300), 80, null);

        Assert.Contains("could not be resolved", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_the_callback_throws_is_inside()
    {
        var cause = new TimeoutException("the registry is down");

        var error = await FailAsync("printer", 80, new StreamClientOptions { ResolveCallback = (_, _) => throw cause });

        Assert.Equal("Could not connect to printer:80: printer could not be resolved to an IP address: the registry is down.", error.Message);
        Assert.Same(cause, error.InnerException);
    }

    [Fact]
    public async Task A_cancellation_of_the_callbacks_own_is_a_failure_to_resolve()
    {
        var error = await FailAsync("printer", 80, new StreamClientOptions { ResolveCallback = (_, _) => throw new OperationCanceledException() });

        Assert.IsType<OperationCanceledException>(error.InnerException);
    }

    [Fact]
    public async Task No_addresses_are_a_failure_to_resolve()
    {
        var error = await FailAsync("printer", 80, Resolving());

        Assert.Equal("Could not connect to printer:80: printer could not be resolved to an IP address: it has no addresses.", error.Message);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_null_from_the_callback_is_a_fault_of_the_callback(bool inside)
    {
        var options = new StreamClientOptions
        {
            ResolveCallback = (_, _) => ValueTask.FromResult<IReadOnlyList<IPAddress>>(inside ? [null!] : null!),
        };

        var error = await Assert.ThrowsAsync<InvalidOperationException>(() => StreamClient.ConnectAsync("printer", 80, options)).Within();

        Assert.StartsWith("ResolveCallback returned null for printer", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Only_addresses_of_the_family_are_tried()
    {
        using var host = ListenerPair.Of(Listener.Tcp, Listener.Tcp);
        var options = Resolving(IPAddress.Loopback, IPAddress.IPv6Loopback);

        options.AddressFamily = AddressFamily.InterNetworkV6;
        await using var six = await StreamClient.ConnectAsync("printer", host.Port, options).Within();
        await host.Six.TalkAsync(six);

        // A family that is said with the end point goes first.
        var four = new DnsEndPoint("printer", host.Port, AddressFamily.InterNetwork);
        await using var stream = await StreamClient.ConnectAsync(four, options).Within();
        await host.Four.TalkAsync(stream);
    }

    [Fact]
    public async Task No_address_of_the_family_is_said_so()
    {
        var options = Resolving(IPAddress.Loopback);
        options.AddressFamily = AddressFamily.InterNetworkV6;
        const string Reason = "no IPv6 address (as AddressFamily asks) among: 127.0.0.1.";

        Assert.Equal($"Could not connect to printer:80: {Reason}", (await FailAsync("printer", 80, options)).Message);
        Assert.Equal($"Could not connect to 127.0.0.1:80: {Reason}", (await FailAsync("127.0.0.1", 80, options)).Message);
        var error = await Assert.ThrowsAsync<StreamConnectException>(
            () => StreamClient.ConnectAsync(new IPEndPoint(IPAddress.Loopback, 80), options)).Within();
        Assert.Equal($"Could not connect to 127.0.0.1:80: {Reason}", error.Message);
        Assert.Equal(SocketError.AddressFamilyNotSupported, Assert.IsType<SocketException>(error.InnerException).SocketErrorCode);
    }

    private static StreamClientOptions Resolving(params IPAddress[] addresses) =>
        new() { ResolveCallback = (_, _) => ValueTask.FromResult<IReadOnlyList<IPAddress>>(addresses) };

    private static Task<StreamConnectException> FailAsync(string host, int port, StreamClientOptions? options) =>
        Assert.ThrowsAsync<StreamConnectException>(() => StreamClient.ConnectAsync(host, port, options)).Within();
}
