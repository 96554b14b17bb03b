using System.IO.Pipes;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;

namespace Kestrel.Streams.Tests;

/// <summary>A kind of connection, which connects pairs as fast as the races want them.</summary>
internal sealed class Wire : IDisposable
{
    private readonly Socket? _listener;

    private Wire(string kind)
    {
        Kind = kind;
        EndPoint? address = kind switch
        {
            "TCP" or "TLS" => new IPEndPoint(IPAddress.Loopback, 0),
            "Unix" => new UnixDomainSocketEndPoint($"\0kestrel-streams-races-{Guid.NewGuid()}"),
            _ => null,
        };
        if (address is null) return;
        _listener = NewSocket(address.AddressFamily);
        _listener.Bind(address);
        _listener.Listen();
    }

    public static TheoryData<string> Kinds => ["memory", "TCP", "Unix", "TLS", "pipe"];

    public static SslServerAuthenticationOptions ServerTls { get; } = new() { ServerCertificate = TestCertificates.Server };

    public static SslClientAuthenticationOptions ClientTls { get; } = new() { TargetHost = "localhost", CertificateChainPolicy = TestCertificates.TrustAuthority };

    public string Kind { get; }

    /// <summary>Whether a peer can tell an abort from an end.</summary>
    public bool ShowsAbort => Kind is "memory" or "TCP" or "TLS";

    /// <summary>Whether it has two ways, one of which can end alone.</summary>
    public bool CanHalfClose => Kind is "memory" or "TCP" or "Unix";

    /// <summary>Whether each end has one way only.</summary>
    public bool IsOneWay => Kind == "pipe";

    /// <summary>How many rounds of this kind cost as much as one of the cheapest.</summary>
    public int Cost => Kind switch { "memory" => 1, "TLS" => 25, _ => 3 };

    public static Wire Of(string kind) => new(kind);

    /// <summary>Two connected streams; the first one is the one to read from or to write to, as is asked.</summary>
    public async Task<(ConnectionStream Stream, ConnectionStream Peer)> ConnectAsync(StreamMode way, ConnectionStreamOptions? options = null)
    {
        switch (Kind)
        {
            case "memory":
                return ConnectionStream.CreatePair(options);
            case "pipe":
                var (reading, writing) = OpenPipe(options);
                return way == StreamMode.Read ? (reading, writing) : (writing, reading);
        }

        var (client, server) = Sockets();
        var pair = (ConnectionStream.Create(StreamTransport.FromSocket(client), options), ConnectionStream.Create(StreamTransport.FromSocket(server), options));
        if (Kind == "TLS")
        {
            await Task.WhenAll(pair.Item1.StartTlsAsync(ClientTls).AsTask(), pair.Item2.StartTlsAsync(ServerTls).AsTask()).Within();
            // TLS 1.3: the server's tickets come behind the handshake; a peer that never reads them looks like one with unread input.
        }

        return pair;
    }

    /// <summary>Two connected sockets.</summary>
    public (Socket Client, Socket Server) Sockets()
    {
        var address = _listener!.LocalEndPoint!;
        var client = NewSocket(address.AddressFamily);
        client.Connect(address);
        var server = _listener.Accept();
        if (address is IPEndPoint) server.NoDelay = true;
        return (client, server);
    }

    public void Dispose() => _listener?.Dispose();

    private static Socket NewSocket(AddressFamily family)
    {
        if (family == AddressFamily.Unix) return new Socket(family, SocketType.Stream, ProtocolType.Unspecified);
        // A small one, so that little is enough for a writer to have to wait.
        return new Socket(family, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true, SendBufferSize = 65536 };
    }

    private static (ConnectionStream Reading, ConnectionStream Writing) OpenPipe(ConnectionStreamOptions? options)
    {
        var reading = new AnonymousPipeServerStream(PipeDirection.In);
        var writing = new AnonymousPipeClientStream(PipeDirection.Out, reading.ClientSafePipeHandle);
        return (
            ConnectionStream.Create(DescriptorTransport.Open(reading.SafePipeHandle, reading, StreamMode.Read), options),
            ConnectionStream.Create(DescriptorTransport.Open(writing.SafePipeHandle, writing, StreamMode.Write), options));
    }
}
