using System.Net.Sockets;

namespace Kestrel.Streams.Tests;

/// <summary>Two connected streams over each kind of transport.</summary>
internal static class StreamPairs
{
    public static TheoryData<string> Kinds => ["TCP", "Unix", "memory", "Stream"];

    public static async Task<(ConnectionStream Stream, ConnectionStream Peer)> CreateAsync(string kind, ConnectionStreamOptions? options = null)
    {
        if (kind == "memory") return ConnectionStream.CreatePair(options);
        var (client, server) = kind == "Unix" ? await UnixPairAsync() : await Streams.TcpPairAsync();
        var transport = kind == "Stream"
            ? StreamTransport.FromStream(new NetworkStream(server, ownsSocket: true))
            : StreamTransport.FromSocket(server);
        return (ConnectionStream.Create(transport, options), Streams.Over(StreamTransport.FromSocket(client)));
    }

    public static async Task<(Socket Client, Socket Server)> UnixPairAsync()
    {
        var directory = Directory.CreateTempSubdirectory();
        try
        {
            var path = new UnixDomainSocketEndPoint(Path.Combine(directory.FullName, "socket"));
            using var listener = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
            listener.Bind(path);
            listener.Listen();
            var client = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
            await client.ConnectAsync(path).Within();
            return (client, await listener.AcceptAsync().Within());
        }
        finally
        {
            directory.Delete(recursive: true);
        }
    }
}
