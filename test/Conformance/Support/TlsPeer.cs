using System.Net.Security;
using System.Net.Sockets;

namespace Kestrel.Streams.Tests;

/// <summary>The other end of a TLS session, by the BCL's own means.</summary>
internal sealed class TlsPeer(Socket socket, SslStream tls) : Peer
{
    private readonly Lock _gate = new();
    private int _busy;
    private bool _closing;

    public override Task SendAsync(ReadOnlyMemory<byte> data) => BusyAsync(async () =>
    {
        await tls.WriteAsync(data);
        return data.Length;
    });

    public override async ValueTask<int> ReceiveAsync(Memory<byte> buffer) => await BusyAsync(() => tls.ReadAsync(buffer).AsTask());

    public override async Task SendFinAsync()
    {
        await tls.ShutdownAsync();
        socket.Shutdown(SocketShutdown.Send);
    }

    public override async Task CloseAsync()
    {
        bool idle;
        lock (_gate)
            (_closing, idle) = (true, _busy == 0);
        // An SslStream cannot say its end beside a read or a write; one that is busy just goes.
        if (idle)
            await tls.ShutdownAsync();
        socket.Close();
    }

    public override void Reset()
    {
        socket.LingerState = new LingerOption(enable: true, seconds: 0);
        socket.Close();
    }

    public override async ValueTask DisposeAsync()
    {
        socket.Dispose();
        await tls.DisposeAsync();
    }

    private async Task<int> BusyAsync(Func<Task<int>> call)
    {
        lock (_gate)
        {
            if (_closing)
                throw new IOException("The peer is closed.");
            _busy++;
        }

        try
        {
            return await call();
        }
        finally
        {
            lock (_gate)
                _busy--;
        }
    }
}
