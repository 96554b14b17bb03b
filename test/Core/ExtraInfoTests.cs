using System.IO.Pipes;
using System.Net;
using System.Net.Sockets;

namespace Kestrel.Streams.Tests;

public class ExtraInfoTests
{
    [Fact]
    public async Task A_socket_tells_its_addresses_and_itself_also_after_the_close()
    {
        var (client, server) = await Streams.TcpPairAsync();
        using var peer = client;
        var (here, there) = (server.LocalEndPoint, server.RemoteEndPoint);
        var stream = Streams.Over(StreamTransport.FromSocket(server));
        for (var i = 0; i < 2; i++)
        {
            Assert.Equal(here, stream.GetExtraInfo("sockname"));
            Assert.Equal(there, stream.GetExtraInfo("peername"));
            Assert.Same(server, stream.GetExtraInfo("socket"));
            Assert.Equal(here, stream.LocalEndPoint);
            Assert.Equal(there, stream.RemoteEndPoint);
            Assert.Same(server, stream.Socket);
            Assert.Null(stream.Tls);
            await stream.CloseAsync().Within();
        }
    }

    [Fact]
    public async Task What_is_not_known_is_the_default()
    {
        await using var stream = Streams.Over(new ScriptedTransport());
        Assert.Null(stream.GetExtraInfo("peername"));
        Assert.Null(stream.GetExtraInfo("nonsense"));
        Assert.Equal(7, stream.GetExtraInfo("nonsense", 7));
        Assert.Equal("name", Assert.Throws<ArgumentNullException>(() => stream.GetExtraInfo(null!)).ParamName);
        Assert.Null(stream.Socket);
        Assert.Null(stream.Tls);
        Assert.Null(stream.LocalEndPoint);
        Assert.Null(stream.RemoteEndPoint);
    }

    [Fact]
    public async Task A_pipe_tells_the_pipe()
    {
        await using var pipe = new AnonymousPipeServerStream(PipeDirection.Out);
        await using var stream = Streams.Over(StreamTransport.FromStream(pipe));
        Assert.Same(pipe, stream.GetExtraInfo("pipe"));
        Assert.Null(stream.GetExtraInfo("socket"));
        Assert.Null(stream.GetExtraInfo("peername"));
        Assert.Null(stream.GetExtraInfo("sockname"));
        Assert.Null(stream.GetExtraInfo("nonsense"));
    }

    [Fact]
    public async Task A_network_stream_tells_its_socket_and_addresses()
    {
        var (client, server) = await Streams.TcpPairAsync();
        using var peer = client;
        await using var stream = Streams.Over(StreamTransport.FromStream(new NetworkStream(server, ownsSocket: true)));
        Assert.Same(server, stream.Socket);
        Assert.Equal(client.LocalEndPoint, stream.GetExtraInfo("peername"));
        Assert.Equal(client.RemoteEndPoint, stream.GetExtraInfo("sockname"));
    }

    [Fact]
    public async Task A_network_stream_that_is_closed_never_throws()
    {
        var (client, server) = await Streams.TcpPairAsync();
        using var peer = client;
        var stream = Streams.Over(StreamTransport.FromStream(new NetworkStream(server, ownsSocket: true)));
        await stream.CloseAsync().Within();
        foreach (var name in new[] { "pipe", "socket", "peername", "sockname", "nonsense" })
            Assert.Null(Record.Exception(() => stream.GetExtraInfo(name)));
    }

    [Fact]
    public async Task What_the_stream_was_told_goes_before_what_its_transport_knows_and_stays_after_the_close()
    {
        var (client, server) = await Streams.TcpPairAsync();
        using var peer = client;
        var stream = Streams.Over(StreamTransport.FromSocket(server));
        var (here, there, user) = (new IPEndPoint(IPAddress.Parse("192.0.2.1"), 25), new IPEndPoint(IPAddress.Parse("192.0.2.7"), 4711), new object());
        stream.Tell("sockname", here);
        stream.Tell("peername", server.RemoteEndPoint!);
        stream.Tell("peername", there);
        stream.Tell("user", user);
        for (var i = 0; i < 2; i++)
        {
            Assert.Equal(here, stream.LocalEndPoint);
            Assert.Equal(there, stream.RemoteEndPoint);
            Assert.Equal(here, stream.GetExtraInfo("sockname"));
            Assert.Equal(there, stream.GetExtraInfo("peername"));
            Assert.Same(user, stream.GetExtraInfo("user"));
            Assert.Same(server, stream.GetExtraInfo("socket"));
            Assert.Null(stream.GetExtraInfo("User"));
            Assert.Contains("peer=192.0.2.7:4711", stream.ToString(), StringComparison.Ordinal);
            await stream.CloseAsync().Within();
        }
    }

    [Fact]
    public async Task What_is_known_goes_before_the_default()
    {
        var (client, server) = await Streams.TcpPairAsync();
        using var peer = client;
        await using var stream = ConnectionStream.Create(StreamTransport.FromSocket(server));
        Assert.Equal(peer.LocalEndPoint, stream.GetExtraInfo("peername", "a default"));
        Assert.Same(server, stream.GetExtraInfo("socket", "a default"));
        Assert.Equal("a default", stream.GetExtraInfo("nothing of the kind", "a default"));
    }
}
