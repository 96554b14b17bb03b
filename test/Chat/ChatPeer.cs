using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Net.WebSockets;
using System.Text;

namespace Kestrel.Streams.Tests;

/// <summary>How a user gets to the chat.</summary>
public enum Way
{
    Tcp,
    Tls,
    Unix,
    WebSocket,
}

/// <summary>A user that knows nothing of this library: bytes over the BCL's sockets.</summary>
internal sealed class ChatPeer : IAsyncDisposable
{
    private readonly Stream _stream;
    private readonly StreamReader _reader;

    private ChatPeer(Stream stream)
    {
        _stream = stream;
        _reader = new StreamReader(stream, new UTF8Encoding(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true));
    }

    /// <summary>All lines until now.</summary>
    public List<string> Heard { get; } = [];

    public static async Task<ChatPeer> ConnectAsync(SampleHost host, Way way, int? receiveBuffer = null) => new(way switch
    {
        Way.WebSocket => await OpenWebSocketAsync(host, null),
        Way.Unix => await OpenAsync(new UnixDomainSocketEndPoint(host.ChatUnixPath), receiveBuffer),
        Way.Tls => await OpenTlsAsync(host),
        _ => await OpenAsync(new IPEndPoint(IPAddress.Loopback, host.ChatPort), receiveBuffer),
    });

    /// <summary>Connects and takes a name, or stays a guest; it is in the lobby then, and has heard of it.</summary>
    public static async Task<ChatPeer> EnterAsync(SampleHost host, string? name = null, Way way = Way.Tcp)
    {
        var peer = await ConnectAsync(host, way);
        await peer.HearAsync(static line => line.StartsWith("* You are in lobby.", StringComparison.Ordinal));
        if (name is null) return peer;
        await peer.SendAsync($"/nick {name}");
        await peer.HearAsync($"* You are {name} now.");
        return peer;
    }

    public static async Task<Stream> OpenWebSocketAsync(SampleHost host, string? origin)
    {
        var socket = new ClientWebSocket();
        if (origin is not null) socket.Options.SetRequestHeader("Origin", origin);
        await socket.ConnectAsync(new UriBuilder(host.Page.BaseAddress!) { Scheme = "ws", Path = "/chat" }.Uri, CancellationToken.None).Within();
        return WebSocketStream.Create(socket, WebSocketMessageType.Binary, TimeSpan.FromSeconds(5));
    }

    public Task SendAsync(string line) => SendAsync(Encoding.UTF8.GetBytes(line + "\n"));

    public Task SendAsync(byte[] bytes) => _stream.WriteAsync(bytes).Within();

    public void SendEnd() => ((NetworkStream)_stream).Socket.Shutdown(SocketShutdown.Send);

    public Task HearAsync(string line) => HearAsync(heard => heard == line);

    /// <summary>Reads on until there is such a line.</summary>
    public async Task<string> HearAsync(Func<string, bool> wanted)
    {
        while (await NextAsync() is { } line)
        {
            if (wanted(line)) return line;
        }

        throw new EndOfStreamException($"The end came first. Heard: {string.Join(" | ", Heard.TakeLast(20))}");
    }

    /// <summary>The next line, or null at the end.</summary>
    public async Task<string?> NextAsync()
    {
        var line = await _reader.ReadLineAsync().Within();
        if (line is not null) Heard.Add(line);
        return line;
    }

    /// <summary>Reads to the end and gives the last line.</summary>
    public async Task<string?> LastAsync()
    {
        while (await NextAsync() is not null)
        {
        }

        return Heard.LastOrDefault();
    }

    public async ValueTask DisposeAsync()
    {
        _reader.Dispose();
        await _stream.DisposeAsync();
    }

    private static async Task<NetworkStream> OpenAsync(EndPoint endPoint, int? receiveBuffer = null)
    {
        var socket = new Socket(endPoint.AddressFamily, SocketType.Stream, endPoint is IPEndPoint ? ProtocolType.Tcp : ProtocolType.Unspecified);
        if (receiveBuffer is { } size) socket.ReceiveBufferSize = size;
        await socket.ConnectAsync(endPoint).Within();
        return new NetworkStream(socket, ownsSocket: true);
    }

    private static async Task<SslStream> OpenTlsAsync(SampleHost host)
    {
        var tls = new SslStream(await OpenAsync(new IPEndPoint(IPAddress.Loopback, host.ChatTlsPort)), leaveInnerStreamOpen: false, (_, certificate, _, _) => certificate!.Subject == "CN=localhost");
        await tls.AuthenticateAsClientAsync("localhost").Within();
        return tls;
    }
}
