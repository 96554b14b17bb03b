using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Kestrel.Streams.Tests;

/// <summary>A client that knows nothing of this library: a socket, and lines through the BCL's reader.</summary>
internal sealed class EchoPeer : IDisposable
{
    private readonly Socket _socket;
    private readonly NetworkStream _stream;
    private readonly StreamReader _reader;

    private EchoPeer(Socket socket)
    {
        _socket = socket;
        _stream = new NetworkStream(socket, ownsSocket: true);
        _reader = new StreamReader(_stream, Encoding.ASCII);
    }

    public static Task<EchoPeer> ConnectAsync(int port) => ConnectAsync(new IPEndPoint(IPAddress.Loopback, port));

    public static async Task<EchoPeer> ConnectAsync(EndPoint endPoint)
    {
        var protocol = endPoint is IPEndPoint ? ProtocolType.Tcp : ProtocolType.Unspecified;
        var socket = new Socket(endPoint.AddressFamily, SocketType.Stream, protocol);
        await socket.ConnectAsync(endPoint).Within();
        return new EchoPeer(socket);
    }

    public Task SendAsync(string text) => _stream.WriteAsync(Encoding.ASCII.GetBytes(text)).Within();

    public void SendEnd() => _socket.Shutdown(SocketShutdown.Send);

    /// <summary>The next line without its end, or null at the end of the connection.</summary>
    public Task<string?> ReadLineAsync() => _reader.ReadLineAsync().Within();

    public Task<string> ReadToEndAsync() => _reader.ReadToEndAsync().Within();

    public void Dispose()
    {
        _reader.Dispose();
        _stream.Dispose();
        _socket.Dispose();
    }
}
