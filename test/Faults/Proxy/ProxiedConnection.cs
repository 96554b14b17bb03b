using System.Net;
using System.Net.Sockets;

namespace Kestrel.Streams.Tests;

/// <summary>One connection through a <see cref="FaultProxy"/>: two pumps, and the fault that one of them comes to.</summary>
internal sealed class ProxiedConnection(Socket client, Socket server, Plan plan, Signal struck, Task healed)
{
    private volatile bool _isStruck;
    private long _toServer;
    private long _toClient;

    public long PassedToServer => Volatile.Read(ref _toServer);

    public long PassedToClient => Volatile.Read(ref _toClient);

    /// <summary>Relays until both ways have ended, or until the token says so: then both ends are reset.</summary>
    public async Task RunAsync(EndPoint target, CancellationToken over)
    {
        try
        {
            await server.ConnectAsync(target, over);
            if (target is IPEndPoint) client.NoDelay = server.NoDelay = true;
            await Task.WhenAll(PumpAsync(Way.ToServer, over), PumpAsync(Way.ToClient, over));
            Close(reset: false);
        }
        catch (Exception e) when (e is SocketException or OperationCanceledException or ObjectDisposedException)
        {
            // One end is gone or it is over: the other one must hear of it.
            Close(reset: true);
        }
    }

    private async Task PumpAsync(Way way, CancellationToken over)
    {
        var (from, to) = way == Way.ToServer ? (client, server) : (server, client);
        var buffer = new byte[16 * 1024];
        while (true)
        {
            var left = way == plan.Way && plan.Fault != Fault.None && !_isStruck ? plan.Behind - PassedOf(way) : buffer.Length;
            if (left == 0)
            {
                Strike();
                continue;
            }

            var count = await from.ReceiveAsync(buffer.AsMemory(0, (int)Math.Min(left, buffer.Length)), over);
            // What is on its way while the other one meets the fault is held up by it too.
            if (_isStruck && plan.Fault == Fault.Stall) await healed.WaitAsync(over);
            if (_isStruck && plan.Fault == Fault.End) count = await DropRestAsync(from, count, buffer, over);
            if (count == 0)
            {
                to.Shutdown(SocketShutdown.Send);
                return;
            }

            await PassAsync(to, buffer.AsMemory(0, count), over);
            Interlocked.Add(ref way == Way.ToServer ? ref _toServer : ref _toClient, count);
        }
    }

    private long PassedOf(Way way) => way == Way.ToServer ? PassedToServer : PassedToClient;

    private void Strike()
    {
        _isStruck = true;
        if (plan.Fault == Fault.Reset) Close(reset: true);
        if (plan.Fault == Fault.End)
        {
            client.Shutdown(SocketShutdown.Send);
            server.Shutdown(SocketShutdown.Send);
        }

        struck.Set();
    }

    private async ValueTask PassAsync(Socket to, ReadOnlyMemory<byte> data, CancellationToken over)
    {
        var piece = _isStruck && plan.Fault == Fault.Trickle ? 1 : data.Length;
        for (; !data.IsEmpty; data = data[piece..])
        {
            for (var rest = data[..piece]; !rest.IsEmpty;) rest = rest[await to.SendAsync(rest, over)..];
        }
    }

    /// <summary>Its end was said already; what still comes is taken, because a close over it would be a reset.</summary>
    private static async ValueTask<int> DropRestAsync(Socket from, int count, byte[] buffer, CancellationToken over)
    {
        while (count > 0) count = await from.ReceiveAsync(buffer, over);
        return 0;
    }

    private void Close(bool reset)
    {
        foreach (var socket in (Socket[])[client, server])
        {
            try
            {
                if (reset && socket.AddressFamily != AddressFamily.Unix) socket.LingerState = new LingerOption(enable: true, seconds: 0);
            }
            catch (Exception e) when (e is SocketException or ObjectDisposedException)
            {
                // It is closed already.
            }

            socket.Dispose();
        }
    }
}
