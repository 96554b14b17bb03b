using System.Net;
using System.Net.Sockets;

namespace Kestrel.Streams.Tests;

/// <summary>The deprecated four.</summary>
public class OpenConnectionTests
{
    [Fact]
    public async Task Open_connection()
    {
        await using var server = await Meeting.EchoServerAsync();
        var (reader, writer) = await StreamClient.OpenConnectionAsync("127.0.0.1", server.Port()).Within();
        await HearsItselfAsync(reader, writer);
    }

    [Fact]
    public async Task Open_connection_parameters()
    {
        await using var server = await Meeting.EchoServerAsync("localhost", new StreamServerOptions { Tls = Meeting.ServerTls });
        var options = new StreamClientOptions { Limit = 3, Tls = Meeting.ClientTls };
        var (reader, writer) = await StreamClient.OpenConnectionAsync("localhost", server.Port(), options).Within();
        await writer.WriteAsync("hello\n"u8).Within();
        await Assert.ThrowsAsync<LimitOverrunException>(() => reader.ReadLineAsync().Within());
        Assert.NotNull(writer.GetExtraInfo("ssl_object"));
        await writer.CloseAsync().Within();
    }

    [Fact]
    public async Task Open_connection_sock()
    {
        await using var server = await Meeting.EchoServerAsync();
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
        await socket.ConnectAsync(IPAddress.Loopback, server.Port()).Within();
        var (reader, writer) = await StreamClient.OpenConnectionAsync(socket).Within();
        await HearsItselfAsync(reader, writer);
    }

    /// <summary>There is no loop to name: a stream is used from whatever thread there is.</summary>
    [Fact]
    public async Task Open_connection_loop()
    {
        await using var server = await Meeting.EchoServerAsync();
        var (reader, writer) = await StreamClient.OpenConnectionAsync("127.0.0.1", server.Port()).Within();
        await Task.Factory.StartNew(() => HearsItselfAsync(reader, writer), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default)
            .Unwrap().Within();
    }

    [Fact]
    public async Task Open_unix_connection()
    {
        await using var server = await Meeting.UnixEchoServerAsync();
        var (reader, writer) = await StreamClient.OpenUnixConnectionAsync(server.SocketPath()).Within();
        await HearsItselfAsync(reader, writer);
    }

    [Fact]
    public async Task Start_server()
    {
        await using var server = await StreamServer.StartServerAsync(EchoAsync, "127.0.0.1").Within();
        Assert.True(server.IsServing);
        var (reader, writer) = await StreamClient.OpenConnectionAsync("127.0.0.1", server.Port()).Within();
        await HearsItselfAsync(reader, writer);
    }

    [Fact]
    public async Task Start_server_start_serving()
    {
        await using var server = await StreamServer.StartServerAsync(EchoAsync, "127.0.0.1", startServing: false).Within();
        Assert.False(server.IsServing);
        await server.StartServingAsync().Within();
        Assert.True(server.IsServing);
    }

    [Fact]
    public async Task Start_unix_server()
    {
        var path = Meeting.NewPath();
        await using var server = await UnixStreamServer.StartUnixServerAsync(EchoAsync, path).Within();
        Assert.True(server.IsServing);
        var (reader, writer) = await StreamClient.OpenUnixConnectionAsync(path).Within();
        await HearsItselfAsync(reader, writer);
    }

    private static async Task EchoAsync(IStreamReader reader, IStreamWriter writer)
    {
        await writer.WriteAsync(await reader.ReadLineAsync());
        await writer.CloseAsync();
    }

    private static async Task HearsItselfAsync(IStreamReader reader, IStreamWriter writer)
    {
        await writer.WriteAsync("hello\n"u8).Within();
        Assert.Equal("hello\n", (await reader.ReadLineAsync().Within()).Text());
        await writer.CloseAsync().Within();
    }
}
