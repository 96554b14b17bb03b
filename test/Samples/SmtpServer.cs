using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Kestrel.Streams.Tests;

/// <summary>A running sample/Smtp on a port that was free.</summary>
internal sealed class SmtpServer : IAsyncDisposable
{
    private SmtpServer(RunningProgram program) => Program = program;

    public RunningProgram Program { get; }

    public int Port { get; private set; }

    public static async Task<SmtpServer> StartAsync(params IEnumerable<string> arguments)
    {
        var server = new SmtpServer(RunningProgram.Sample("Smtp", ["0", .. arguments]));
        server.Port = int.Parse((await server.Program.ReadLineAsync()).Split(':')[^1]);
        return server;
    }

    /// <summary>A client that has got the greeting, and said hello.</summary>
    public async Task<Client> ConnectAsync()
    {
        var socket = new TcpClient { NoDelay = true };
        await socket.ConnectAsync(IPAddress.Loopback, Port).Within();
        var client = new Client(socket);
        Assert.StartsWith("220 ", await client.ReadLineAsync(), StringComparison.Ordinal);
        await client.SendAsync("HELO test\r\n");
        Assert.Equal("250 localhost", await client.ReadLineAsync());
        return client;
    }

    public ValueTask DisposeAsync() => Program.DisposeAsync();

    /// <summary>A client that says whatever a test wants it to: a socket, and lines through the BCL's reader.</summary>
    internal sealed class Client(TcpClient socket) : IDisposable
    {
        private readonly StreamReader _reader = new(socket.GetStream(), Encoding.Latin1);

        public Task SendAsync(string text) => socket.GetStream().WriteAsync(Encoding.Latin1.GetBytes(text)).Within();

        public async Task<string?> ReadLineAsync() => await _reader.ReadLineAsync().Within();

        /// <summary>Sends, and reads as many lines of one reply each as there are codes: "250 354".</summary>
        public async Task SendAsync(string text, string codes)
        {
            await SendAsync(text);
            foreach (var code in codes.Split(' '))
                Assert.StartsWith(code + " ", await ReadLineAsync(), StringComparison.Ordinal);
        }

        public Task<string> ReadToEndAsync() => _reader.ReadToEndAsync().Within();

        public void Dispose()
        {
            _reader.Dispose();
            socket.Dispose();
        }
    }
}
