using System.Net;
using System.Net.Security;
using System.Net.Sockets;

namespace Kestrel.Streams.Tests;

/// <summary>.NET's own SslStream as a client that does not wait for anything.</summary>
public sealed class SslStreamTests(Certificates certificates)
{
    public static TheoryData<Network, TlsVersion> Kinds =>
        new MatrixTheoryData<Network, TlsVersion>([Network.Tcp, Network.Unix], [TlsVersion.Tls12, TlsVersion.Tls13]);

    /// <summary>
    /// With TLS 1.3 the client is through before the server: it may be gone when the server sends its session tickets, which end the handshake.
    /// </summary>
    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task What_it_sends_before_it_leaves_is_all_there_though_it_has_left_before_our_handshake_ends(Network network, TlsVersion version)
    {
        var terms = new TlsTerms(certificates, version);
        using var place = new Place(network);
        var (client, server) = await ConnectAsync(place);
        var left = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var stream = ConnectionStream.Create(new SendsLateTransport(StreamTransport.FromSocket(server), version == TlsVersion.Tls13 ? left.Task : null));
        var upgraded = stream.StartTlsAsync(terms.ServerOptions(), cancellationToken: TestContext.Current.CancellationToken).Within();

        await WriteAndLeaveAsync(client, terms.ClientOptions());
        left.SetResult();
        await upgraded;
        await Behaviour.ReadLineCutByEndAsync(stream);
    }

    [Fact]
    public async Task Its_reset_in_the_middle_of_the_handshake_is_an_error_of_the_connection()
    {
        using var place = new Place(Network.Tcp);
        var (client, server) = await ConnectAsync(place);
        await using var stream = ConnectionStream.Create(StreamTransport.FromSocket(server));
        var upgraded = stream.StartTlsAsync(new TlsTerms(certificates).ServerOptions(), cancellationToken: TestContext.Current.CancellationToken);
        client.LingerState = new LingerOption(true, 0);
        client.Dispose();
        var broken = await Assert.ThrowsAnyAsync<IOException>(() => upgraded.Within());
        Assert.Equal(SocketError.ConnectionReset, Assert.IsType<SocketException>(broken.InnerException).SocketErrorCode);
    }

    private static async Task WriteAndLeaveAsync(Socket socket, SslClientAuthenticationOptions options)
    {
        await using var tls = new SslStream(new NetworkStream(socket, ownsSocket: true));
        await tls.AuthenticateAsClientAsync(options).Within();
        await tls.WriteAsync("whole\npart"u8.ToArray()).Within();
        await tls.ShutdownAsync().Within();
    }

    private static async Task<(Socket Client, Socket Server)> ConnectAsync(Place place)
    {
        EndPoint address = place.Network == Network.Tcp ? new IPEndPoint(IPAddress.Loopback, 0) : new UnixDomainSocketEndPoint(place.Path);
        using var listener = new Socket(address.AddressFamily, SocketType.Stream, ProtocolType.Unspecified);
        listener.Bind(address);
        listener.Listen();
        var client = new Socket(address.AddressFamily, SocketType.Stream, ProtocolType.Unspecified);
        await client.ConnectAsync(listener.LocalEndPoint!).Within();
        return (client, await listener.AcceptAsync().Within());
    }

    /// <summary>A transport that sends the server's first part of the handshake, and nothing more before it may.</summary>
    private sealed class SendsLateTransport(StreamTransport below, Task? may) : StreamTransport
    {
        private Task _may = Task.CompletedTask;

        public override ValueTask<int> ReceiveAsync(Memory<byte> buffer, CancellationToken cancellationToken) => below.ReceiveAsync(buffer, cancellationToken);

        public override async ValueTask SendAsync(ReadOnlyMemory<byte> data, CancellationToken cancellationToken)
        {
            await _may;
            _may = may ?? Task.CompletedTask;
            await below.SendAsync(data, cancellationToken);
        }

        public override void Abort(Exception? reason) => below.Abort(reason);

        public override ValueTask DisposeAsync() => below.DisposeAsync();
    }
}
