using System.Net;
using System.Net.Sockets;

namespace Kestrel.Streams.Tests;

/// <summary>Two networks with a link between them, in which a server and its clients live.</summary>
internal class NetworkPair : IDisposable
{
    private protected const string Link = "ks0";

    private static readonly IPAddress _serverAddress = IPAddress.Parse("10.77.0.1");

    private protected NetworkPair() => (Server, Client) = (NetworkNamespace.Create(), NetworkNamespace.Create());

    public NetworkNamespace Server { get; }

    public NetworkNamespace Client { get; }

    /// <summary>With a cable between them.</summary>
    public static NetworkPair WithCable()
    {
        var pair = new NetworkPair();
        try
        {
            pair.Server.Ip("link", "add", Link, "type", "veth", "peer", "name", Link, "netns", pair.Client.Name);
            pair.Raise();
            return pair;
        }
        catch (Exception)
        {
            pair.Dispose();
            throw;
        }
    }

    /// <summary>Pulls the cable out of the client's machine: to the server the client has vanished without a word.</summary>
    public void CutClient() => Client.Ip("link", "set", Link, "down");

    /// <summary>Pulls the cable out of the server's machine.</summary>
    public void CutServer() => Server.Ip("link", "set", Link, "down");

    /// <summary>Plugs the cable in again.</summary>
    public void Mend()
    {
        Client.Ip("link", "set", Link, "up");
        Server.Ip("link", "set", Link, "up");
    }

    /// <summary>A server there, started.</summary>
    public async Task<StreamServer> ServeAsync(Func<ConnectionStream, Task> serve, StreamServerOptions options)
    {
        options.Socket = Server.Run(static () =>
        {
            var socket = FaultProxy.NewSocket(AddressFamily.InterNetwork);
            socket.Bind(new IPEndPoint(_serverAddress, 0));
            return socket;
        });
        var server = new StreamServer(serve, options: options);
        await server.StartServingAsync().Within();
        return server;
    }

    /// <summary>Begins a connect from the client's network.</summary>
    public Task<ConnectionStream> ConnectAsync(StreamServer server, StreamClientOptions? options = null)
    {
        var endPoint = server.EndPoints[0];
        return Client.Run(() => StreamClient.ConnectAsync(endPoint, options));
    }

    public virtual void Dispose()
    {
        Server.Dispose();
        Client.Dispose();
    }

    private protected void Raise()
    {
        Server.Ip("addr", "add", "10.77.0.1/24", "dev", Link);
        Client.Ip("addr", "add", "10.77.0.2/24", "dev", Link);
        Mend();
    }
}
