using System.Net;
using System.Net.Sockets;

namespace Kestrel.Streams.Tests;

/// <summary>Names that resolve late, to very many addresses, or not at all.</summary>
public sealed class ResolverTests : IDisposable
{
    private const int Many = 400;

    private readonly Socket _listener = FaultProxy.NewSocket(AddressFamily.InterNetwork);

    public ResolverTests() => _listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));

    private int Port => ((IPEndPoint)_listener.LocalEndPoint!).Port;

    public void Dispose() => _listener.Dispose();

    [Fact]
    public async Task Hundreds_of_addresses_are_tried_until_one_connects()
    {
        _listener.Listen();

        await using var stream = await StreamClient.ConnectAsync("printer", Port, Resolving([.. Refusing(), IPAddress.Loopback])).Within();

        using var peer = await _listener.AcceptAsync().Within();
        await peer.SendAsync("hello\n"u8.ToArray()).Within();
        Assert.Equal("hello\n", await stream.HearLineAsync());
    }

    [Fact]
    public async Task Hundreds_of_addresses_that_refuse_are_all_named()
    {
        var error = await Assert.ThrowsAsync<StreamConnectException>(() => StreamClient.ConnectAsync("printer", Port, Resolving([.. Refusing()]))).Within();

        Assert.Equal(Refusing().Select(address => new IPEndPoint(address, Port)), error.Attempts.Select(static attempt => attempt.EndPoint));
        Assert.All(error.Attempts, static attempt => Assert.Equal(SocketError.ConnectionRefused, Assert.IsType<SocketException>(attempt.Error).SocketErrorCode));
    }

    /// <summary>A queue that is full answers nobody, at any address of the loopback.</summary>
    [Fact]
    public async Task Hundreds_of_addresses_that_never_answer_are_over_ConnectTimeout_together()
    {
        using var silent = FaultProxy.NewSocket(AddressFamily.InterNetwork);
        silent.Bind(new IPEndPoint(IPAddress.Any, 0));
        silent.Listen(0);
        using var only = FaultProxy.NewSocket(AddressFamily.InterNetwork);
        var port = ((IPEndPoint)silent.LocalEndPoint!).Port;
        await only.ConnectAsync(IPAddress.Loopback, port).Within();
        var options = Resolving([.. Refusing()]);
        options.ConnectTimeout = TimeSpan.FromSeconds(0.5);

        var error = await Assert.ThrowsAsync<StreamConnectException>(() => StreamClient.ConnectAsync("printer", port, options)).Within();

        Assert.Equal(Many, error.Attempts.Count);
        Assert.All(error.Attempts, static attempt => Assert.Equal(SocketError.TimedOut, Assert.IsType<SocketException>(attempt.Error).SocketErrorCode));
    }

    [Fact]
    public async Task An_answer_that_comes_after_ConnectTimeout_connects_to_nobody()
    {
        _listener.Listen();
        var late = new TaskCompletionSource<IReadOnlyList<IPAddress>>();
        CancellationToken seen = default;
        var options = new StreamClientOptions
        {
            ConnectTimeout = TimeSpan.FromSeconds(0.2),
            ResolveCallback = (_, token) =>
            {
                seen = token;
                return new(late.Task);
            },
        };

        await Assert.ThrowsAsync<StreamConnectException>(() => StreamClient.ConnectAsync("printer", Port, options)).Within();
        Assert.True(seen.IsCancellationRequested);
        late.SetResult([IPAddress.Loopback]); // what goes on behind it has done so when this returns

        Assert.False(_listener.Poll(0, SelectMode.SelectRead));
    }

    [Fact]
    public async Task A_name_that_nobody_has_is_said_so_by_the_system()
    {
        var options = new StreamClientOptions { ConnectTimeout = TimeSpan.FromSeconds(10) };

        var error = await Assert.ThrowsAsync<StreamConnectException>(() => StreamClient.ConnectAsync("nobody.invalid", 80, options)).Within();

        Assert.StartsWith("Could not connect to nobody.invalid:80: nobody.invalid could not be resolved to an IP address: ", error.Message, StringComparison.Ordinal);
        Assert.IsType<SocketException>(error.InnerException);
    }

    private static IEnumerable<IPAddress> Refusing() => Enumerable.Range(0, Many).Select(static i => new IPAddress([127, 1, (byte)(i / 200), (byte)(1 + i % 200)]));

    private static StreamClientOptions Resolving(IReadOnlyList<IPAddress> addresses) => new() { ResolveCallback = (_, _) => ValueTask.FromResult(addresses) };
}
