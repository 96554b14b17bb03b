using System.Net.Sockets;
using System.Text;

namespace Kestrel.Streams.Tests;

/// <summary>A client that knows nothing of this library.</summary>
internal sealed class LineClient : IDisposable
{
    private readonly TcpClient _client;
    private readonly StreamReader _reader;

    public LineClient(int port)
    {
        _client = new TcpClient("127.0.0.1", port);
        _reader = new StreamReader(_client.GetStream(), Encoding.UTF8);
    }

    public Task WriteAsync(string text) => _client.GetStream().WriteAsync(Encoding.UTF8.GetBytes(text)).Within();

    /// <summary>The next line, or null at the end.</summary>
    public Task<string?> ReadLineAsync() => _reader.ReadLineAsync().Within();

    public void Dispose()
    {
        _reader.Dispose();
        _client.Dispose();
    }
}
