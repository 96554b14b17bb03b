using System.Net.Sockets;
using System.Text;

namespace Kestrel.Streams.Tests;

/// <summary>A client that says byte for byte what a test wants it to. Every character is a byte.</summary>
internal sealed class RespClient(TcpClient socket) : IDisposable
{
    private readonly NetworkStream _stream = socket.GetStream();

    public Task SendAsync(string text) => _stream.WriteAsync(Encoding.Latin1.GetBytes(text)).Within();

    public void EndSending() => socket.Client.Shutdown(SocketShutdown.Send);

    /// <summary>Reads as many bytes as are expected, and fails where they are others.</summary>
    public async Task ExpectAsync(string reply)
    {
        var bytes = new byte[reply.Length];
        var count = await _stream.ReadAtLeastAsync(bytes, bytes.Length, throwOnEndOfStream: false).AsTask().Within();
        Assert.Equal(reply, Encoding.Latin1.GetString(bytes, 0, count));
    }

    public async Task AskAsync(string command, string reply)
    {
        await SendAsync(command);
        await ExpectAsync(reply);
    }

    /// <summary>A line without its end.</summary>
    public async Task<string> ReadLineAsync()
    {
        var line = new StringBuilder();
        var one = new byte[1];
        while (!line.ToString().EndsWith("\r\n", StringComparison.Ordinal))
        {
            await _stream.ReadExactlyAsync(one).AsTask().Within();
            line.Append((char)one[0]);
        }

        return line.ToString(0, line.Length - 2);
    }

    public async Task<string> ReadToEndAsync()
    {
        using var all = new MemoryStream();
        await _stream.CopyToAsync(all).Within();
        return Encoding.Latin1.GetString(all.ToArray());
    }

    public void Dispose()
    {
        _stream.Dispose();
        socket.Dispose();
    }
}
