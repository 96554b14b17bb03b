using System.Net.Security;
using System.Net.Sockets;

namespace Kestrel.Streams.Bench;

/// <summary>A Socket by hand: requests collected in one buffer, lines found in another.</summary>
internal sealed class SocketTalk(Settings settings) : Talk(settings)
{
    private readonly byte[] _output = new byte[settings.Turn];
    private readonly byte[] _input = new byte[Math.Max(settings.Turn, 4096)];

    public override async Task RunAsync(CancellationToken stop)
    {
        using var socket = await ConnectAsync();
        while (!stop.IsCancellationRequested)
        {
            for (var i = 0; i < Settings.Depth; i++) Line.CopyTo(_output, i * Line.Length);
            for (var sent = 0; sent < _output.Length;) sent += await socket.SendAsync(_output.AsMemory(sent), SocketFlags.None, CancellationToken.None);
            await ReadLinesAsync(socket);
            Count(Settings.Depth);
        }
    }

    private async Task ReadLinesAsync(Socket socket)
    {
        var (begin, end) = (0, 0);
        for (var lines = 0; lines < Settings.Depth;)
        {
            var length = _input.AsSpan(begin, end - begin).IndexOf((byte)'\n') + 1;
            if (length > 0)
            {
                Check(length);
                begin += length;
                lines++;
                continue;
            }

            var count = await socket.ReceiveAsync(_input.AsMemory(end), SocketFlags.None, CancellationToken.None);
            if (count == 0) throw new EndOfStreamException();
            end += count;
        }
    }
}

/// <summary>SslStream by hand: bytes back, counted.</summary>
internal sealed class TlsTalk(Settings settings) : Talk(settings)
{
    private readonly byte[] _output = new byte[settings.Turn];
    private readonly byte[] _input = new byte[settings.Turn];

    public override async Task RunAsync(CancellationToken stop)
    {
        for (var i = 0; i < Settings.Depth; i++) Line.CopyTo(_output, i * Line.Length);
        await using var stream = new SslStream(new NetworkStream(await ConnectAsync(), ownsSocket: true));
#pragma warning disable CA5359 // The server makes its certificate when it starts; nothing here is a secret.
        var tls = new SslClientAuthenticationOptions { TargetHost = "localhost", RemoteCertificateValidationCallback = (_, _, _, _) => true };
#pragma warning restore CA5359
        await stream.AuthenticateAsClientAsync(tls, CancellationToken.None);
        while (!stop.IsCancellationRequested)
        {
            await stream.WriteAsync(_output, CancellationToken.None);
            await stream.ReadExactlyAsync(_input, CancellationToken.None);
            Count(Settings.Depth);
        }
    }
}

/// <summary>Connect, one line, close. An operation is a connection.</summary>
internal sealed class ChurnTalk(Settings settings) : Talk(settings)
{
    private readonly byte[] _input = new byte[settings.LineLength];

    public override async Task RunAsync(CancellationToken stop)
    {
        while (!stop.IsCancellationRequested)
        {
            using var socket = await ConnectAsync();
            await socket.SendAsync(Line, SocketFlags.None, CancellationToken.None);
            for (var received = 0; received < _input.Length;)
            {
                var count = await socket.ReceiveAsync(_input.AsMemory(received), SocketFlags.None, CancellationToken.None);
                if (count == 0) throw new EndOfStreamException();
                received += count;
            }

            Count(1);
        }
    }
}
