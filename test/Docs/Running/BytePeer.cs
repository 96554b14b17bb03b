using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Kestrel.Streams.Tests;

/// <summary>The other end of a block, in nothing but sockets.</summary>
internal static class BytePeer
{
    /// <summary>Connects, says the text and the end, and returns all that is answered until the end.</summary>
    public static async Task<string> AskAsync(int port, string text)
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        await socket.ConnectAsync(IPAddress.Loopback, port);
        await using var stream = new NetworkStream(socket);
        var answer = ReadAsync(stream);
        await stream.WriteAsync(Encoding.UTF8.GetBytes(text));
        socket.Shutdown(SocketShutdown.Send);
        return await answer;
    }

    /// <summary>Listens on a free port, and returns what one client sends to it.</summary>
    public static (int Port, Task Served) ListenForEcho()
    {
        var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return (((IPEndPoint)listener.LocalEndpoint).Port, ServeAsync(listener));
    }

    /// <summary>Listens on a free port, reads the head of one request, and answers it with the text and the end.</summary>
    public static (int Port, Task Served) ListenForRequest(string answer)
    {
        var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return (((IPEndPoint)listener.LocalEndpoint).Port, AnswerAsync(listener, answer));
    }

    public static async Task<string> ReadAsync(Stream stream)
    {
        using var reader = new StreamReader(stream, new UTF8Encoding(encoderShouldEmitUTF8Identifier: false));
        return await reader.ReadToEndAsync();
    }

    private static async Task ServeAsync(TcpListener listener)
    {
        using (listener)
        {
            using var client = await listener.AcceptTcpClientAsync();
            await using var stream = client.GetStream();
            var buffer = new byte[4096];
            while (await stream.ReadAsync(buffer) is > 0 and var count)
                await stream.WriteAsync(buffer.AsMemory(0, count));
        }
    }

    private static async Task AnswerAsync(TcpListener listener, string answer)
    {
        using (listener)
        {
            using var client = await listener.AcceptTcpClientAsync();
            await using var stream = client.GetStream();
            using var request = new StreamReader(stream, leaveOpen: true);
            while (await request.ReadLineAsync() is { Length: > 0 })
                continue;
            await stream.WriteAsync(Encoding.UTF8.GetBytes(answer));
        }
    }
}
