using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Kestrel.Streams.Tests;

/// <summary>What the servers of these tests say, and how their clients hear it.</summary>
internal static class Talk
{
    public static async Task EchoAsync(ConnectionStream stream)
    {
        await foreach (var line in stream.ReadLinesAsync()) await stream.WriteAsync(line);
    }

    /// <summary>
    /// Fails when it is told to, by a line. A handler that fails at once may reset its peer before that peer knows that it is connected.
    /// </summary>
    public static async Task FailAsync(ConnectionStream stream, Exception failure)
    {
        await stream.ReadLineAsync();
        throw failure;
    }

    /// <summary>Tells <see cref="FailAsync"/> to fail.</summary>
    public static async Task ProvokeAsync(this ConnectionStream client) => await client.WriteAsync("fail\n").Within();

    /// <summary>Serves without a word until the input ends.</summary>
    public static async Task ListenAsync(ConnectionStream stream) => await stream.ReadToEndAsync();

    public static Task<ConnectionStream> ConnectAsync(this StreamServerBase server) =>
        StreamClient.ConnectAsync(server.EndPoints[0]).Within();

    public static int Port(this StreamServerBase server) => ((IPEndPoint)server.EndPoints[0]).Port;

    /// <summary>Says a line and hears it again.</summary>
    public static async Task HearsItselfAsync(this ConnectionStream client, string text = "hello")
    {
        await client.WriteAsync(text + "\n").Within();
        Assert.Equal(text + "\n", await client.HearLineAsync());
    }

    public static async Task<string> HearLineAsync(this ConnectionStream client) =>
        Encoding.UTF8.GetString(await client.ReadLineAsync().Within());

    /// <summary>All that comes until a clean end.</summary>
    public static async Task<string> HearAllAsync(this ConnectionStream client) =>
        Encoding.UTF8.GetString(await client.ReadToEndAsync().Within());

    /// <summary>Reads until the connection is reset; a clean end is a failure.</summary>
    public static async Task SeesResetAsync(this ConnectionStream client)
    {
        var error = await Assert.ThrowsAsync<IOException>(() => client.ReadToEndAsync().Within());
        Assert.Equal(SocketError.ConnectionReset, Assert.IsType<SocketException>(error.InnerException).SocketErrorCode);
    }

    /// <summary>Reads until the connection is over, in whatever way.</summary>
    public static async Task IsOverAsync(this ConnectionStream client)
    {
        try
        {
            await client.ReadToEndAsync().Within();
        }
        catch (IOException)
        {
            // Reset.
        }
    }

    public static async Task RefusesAsync(EndPoint endPoint)
    {
        var error = await Assert.ThrowsAsync<StreamConnectException>(() => StreamClient.ConnectAsync(endPoint).Within());
        Assert.Equal(SocketError.ConnectionRefused, Assert.IsType<SocketException>(error.InnerException).SocketErrorCode);
    }
}
