using System.Net;
using System.Net.Sockets;

namespace Kestrel.Streams.Tests;

/// <summary>sample/EchoServer and sample/EchoClient.</summary>
public class EchoTests
{
    [Fact]
    public async Task The_two_talk_as_on_the_page()
    {
        await using var server = RunningProgram.Sample("EchoServer", "0");
        var port = (await server.ReadLineAsync()).Split(':')[^1];

        await using var client = RunningProgram.Sample("EchoClient", "Grüße!", "127.0.0.1", port);

        Assert.Equal((0, "Send: 'Grüße!'\nReceived: 'Grüße!'\n", ""), await client.EndAsync());
        Assert.Matches(@"^Received 'Grüße!\\n' from 127\.0\.0\.1:\d+$", await server.ReadLineAsync());
        Assert.Equal(@"Send: 'Grüße!\n'", await server.ReadLineAsync());
        Assert.Equal("Close the connection", await server.ReadLineAsync());
    }

    [Fact]
    public async Task Interrupted_the_server_ends_well_with_a_connection_open()
    {
        await using var server = RunningProgram.Sample("EchoServer", "0");
        var port = int.Parse((await server.ReadLineAsync()).Split(':')[^1]);
        using var client = new TcpClient();
        await client.ConnectAsync(IPAddress.Loopback, port).Within();
        // Connections are accepted in their order: when another one has its echo, this one is not waiting to be accepted any more.
        await using (var another = RunningProgram.Sample("EchoClient", "hello", "127.0.0.1", $"{port}"))
            Assert.Equal(0, (await another.EndAsync()).Code);

        var (code, _, error) = await server.InterruptAsync();

        Assert.Equal((0, ""), (code, error));
        Assert.Equal(0, await client.GetStream().ReadAsync(new byte[1]).Within());
    }

    [Fact]
    public async Task A_taken_port_is_one_plain_line()
    {
        using var taken = new TcpListener(IPAddress.Loopback, 0);
        taken.Start();
        var port = ((IPEndPoint)taken.LocalEndpoint).Port;

        await using var server = RunningProgram.Sample("EchoServer", $"{port}");

        await server.FailsAsync($"127.0.0.1:{port}", "in use");
    }

    [Theory]
    [InlineData("EchoServer", "port")]
    [InlineData("EchoServer", "65536")]
    [InlineData("EchoServer", "")]
    [InlineData("EchoClient", "hello", "127.0.0.1", "port")]
    [InlineData("EchoClient", "hello", "127.0.0.1", "0")]
    public async Task A_bad_port_is_one_plain_line(string name, params string[] arguments)
    {
        await using var sample = RunningProgram.Sample(name, arguments);

        await sample.FailsAsync($"'{arguments[^1]}' is no port");
    }

    [Fact]
    public async Task Nobody_there_is_one_plain_line()
    {
        using var bound = new Socket(SocketType.Stream, ProtocolType.Tcp);
        bound.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        var port = ((IPEndPoint)bound.LocalEndPoint!).Port;

        await using var client = RunningProgram.Sample("EchoClient", "hello", "127.0.0.1", $"{port}");

        await client.FailsAsync($"127.0.0.1:{port}", "refused");
    }
}
