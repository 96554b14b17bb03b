using System.Net;
using System.Net.Sockets;

namespace Kestrel.Streams.Tests;

/// <summary>sample/RespServer as a program.</summary>
public class RespServerTests
{
    [Theory]
    [InlineData("port")]
    [InlineData("65536")]
    [InlineData("")]
    public async Task A_bad_port_is_one_plain_line(string port)
    {
        await using var sample = RunningProgram.Sample("RespServer", port);

        await sample.FailsAsync($"'{port}' is no port");
    }

    [Fact]
    public async Task A_taken_port_is_one_plain_line()
    {
        using var taken = new TcpListener(IPAddress.Loopback, 0);
        taken.Start();
        var port = ((IPEndPoint)taken.LocalEndpoint).Port;

        await using var sample = RunningProgram.Sample("RespServer", $"{port}");

        await sample.FailsAsync($"127.0.0.1:{port}", "in use");
    }

    [Fact]
    public async Task Interrupted_it_ends_well_with_a_client_and_a_subscriber_connected()
    {
        await using var sample = RunningProgram.Sample("RespServer", "0");
        var port = int.Parse((await sample.ReadLineAsync()).Split(':')[^1]);
        using var client = await ConnectAsync(port);
        using var subscriber = await ConnectAsync(port);
        await client.AskAsync("PING\r\n", "+PONG\r\n");
        await subscriber.AskAsync("SUBSCRIBE news\r\n", "*3\r\n$9\r\nsubscribe\r\n$4\r\nnews\r\n:1\r\n");

        Assert.Equal((0, "", ""), await sample.InterruptAsync());

        Assert.Equal("", await client.ReadToEndAsync());
        Assert.Equal("", await subscriber.ReadToEndAsync());
    }

    private static async Task<RespClient> ConnectAsync(int port)
    {
        var socket = new TcpClient { NoDelay = true };
        await socket.ConnectAsync(IPAddress.Loopback, port).Within();
        return new RespClient(socket);
    }
}
