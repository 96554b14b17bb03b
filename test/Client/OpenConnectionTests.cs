using System.Net.Sockets;
using System.Reflection;

namespace Kestrel.Streams.Tests;

#pragma warning disable CS0618 // the deprecated two are what is tested here
public class OpenConnectionTests
{
    [Fact]
    public async Task Open_connection_gives_a_reader_and_a_writer()
    {
        using var listener = Listener.Tcp();
        var (reader, writer) = await StreamClient.OpenConnectionAsync("127.0.0.1", listener.Port, new StreamClientOptions { Limit = 99 }).Within();

        await AssertTalksAsync(listener, reader, writer);
        Assert.Equal(99, Assert.IsType<ConnectionStream>(reader).Limit);
    }

    [Fact]
    public async Task Open_unix_connection_gives_a_reader_and_a_writer()
    {
        var path = Listener.NewPath();
        using var listener = Listener.Unix(path);
        var (reader, writer) = await StreamClient.OpenUnixConnectionAsync(path).Within();

        await AssertTalksAsync(listener, reader, writer);
    }

    [Fact]
    public async Task Open_connection_takes_a_connected_socket()
    {
        using var listener = Listener.Tcp();
        var (reader, writer) = await StreamClient.OpenConnectionAsync(listener.Connect()).Within();

        await AssertTalksAsync(listener, reader, writer);
    }

    [Fact]
    public async Task They_fail_as_the_others_do()
    {
        using var dead = Listener.Refusing();
        using var unconnected = Listener.NewSocket(AddressFamily.InterNetwork);
        var cancelled = new CancellationToken(canceled: true);

        await Assert.ThrowsAsync<ArgumentException>("host", () => StreamClient.OpenConnectionAsync("", 1));
        await Assert.ThrowsAsync<ArgumentException>("path", () => StreamClient.OpenUnixConnectionAsync(""));
        await Assert.ThrowsAsync<ArgumentException>("socket", () => StreamClient.OpenConnectionAsync(unconnected));
        await Assert.ThrowsAsync<StreamConnectException>(() => StreamClient.OpenConnectionAsync("127.0.0.1", dead.Port)).Within();
        var error = await Assert.ThrowsAnyAsync<OperationCanceledException>(
            () => StreamClient.OpenConnectionAsync("127.0.0.1", dead.Port, null, cancelled)).Within();
        Assert.Equal(cancelled, error.CancellationToken);
    }

    [Theory]
    [InlineData("OpenConnectionAsync", "ConnectAsync")]
    [InlineData("OpenUnixConnectionAsync", "ConnectUnixAsync")]
    public void They_are_obsolete_and_name_what_to_use(string name, string instead)
    {
        var methods = typeof(StreamClient).GetMethods().Where(method => method.Name == name).ToList();

        Assert.NotEmpty(methods);
        Assert.All(methods, method =>
        {
            var obsolete = method.GetCustomAttribute<ObsoleteAttribute>();
            Assert.EndsWith($"use {instead}.", obsolete!.Message, StringComparison.Ordinal);
            Assert.False(obsolete.IsError);
        });
    }

    private static async Task AssertTalksAsync(Listener listener, IStreamReader reader, IStreamWriter writer)
    {
        using var peer = await listener.AcceptAsync();
        await writer.WriteAsync("ping\n"u8.ToArray()).Within();
        var buffer = new byte[5];
        Assert.Equal(5, await peer.ReceiveAsync(buffer).Within());
        Assert.Equal("ping\n"u8, buffer);
        await peer.SendAsync("pong\n"u8.ToArray()).Within();
        Assert.Equal("pong\n"u8.ToArray(), await reader.ReadLineAsync().Within());

        await writer.CloseAsync().Within();

        Assert.True(reader.AtEof);
        Assert.Equal(0, await peer.ReceiveAsync(buffer).Within());
    }
}
