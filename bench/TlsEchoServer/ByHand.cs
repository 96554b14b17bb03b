using System.Buffers;
using System.IO.Pipelines;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;

namespace Kestrel.Streams.Bench;

/// <summary>A TLS server as one writes it without a library.</summary>
internal static class ByHand
{
    // What one TLS record holds: SslStream gives no more for one read.
    private const int RecordSize = 16 * 1024;

    public static async Task ServeAsync(int port, SslServerAuthenticationOptions tls, Func<SslStream, Task> echo)
    {
        using var listener = new TcpListener(IPAddress.Loopback, port);
        listener.Start(512);
        while (true)
        {
            var socket = await listener.AcceptSocketAsync();
            socket.NoDelay = true;
            _ = ServeAsync(socket, tls, echo);
        }
    }

    public static async Task EchoBytesAsync(SslStream stream)
    {
        var buffer = new byte[RecordSize];
        while (await stream.ReadAsync(buffer) is > 0 and var count) await stream.WriteAsync(buffer.AsMemory(0, count));
    }

    public static async Task EchoLinesAsync(SslStream stream)
    {
        var input = PipeReader.Create(stream);
        var output = PipeWriter.Create(stream);
        while (true)
        {
            var result = await input.ReadAsync();
            var rest = result.Buffer;
            while (rest.PositionOf((byte)'\n') is { } end)
            {
                var next = rest.GetPosition(1, end);
                foreach (var part in rest.Slice(0, next)) output.Write(part.Span);
                rest = rest.Slice(next);
            }

            input.AdvanceTo(rest.Start, rest.End);
            await output.FlushAsync();
            if (result.IsCompleted) return;
        }
    }

    private static async Task ServeAsync(Socket socket, SslServerAuthenticationOptions tls, Func<SslStream, Task> echo)
    {
        try
        {
            await using var stream = new SslStream(new NetworkStream(socket, ownsSocket: true));
            await stream.AuthenticateAsServerAsync(tls);
            await echo(stream);
        }
        catch (IOException)
        {
            // The client is gone.
        }
    }
}
