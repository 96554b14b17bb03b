using System.Net.Sockets;

namespace Kestrel.Streams.Tests;

internal sealed class SocketPeer(Socket socket) : Peer
{
    public override async Task SendAsync(ReadOnlyMemory<byte> data)
    {
        try
        {
            while (!data.IsEmpty)
                data = data[await socket.SendAsync(data, SocketFlags.None)..];
        }
        catch (SocketException broken)
        {
            throw new IOException(broken.Message, broken);
        }
    }

    public override async ValueTask<int> ReceiveAsync(Memory<byte> buffer)
    {
        try
        {
            return await socket.ReceiveAsync(buffer, SocketFlags.None);
        }
        catch (SocketException broken)
        {
            throw new IOException(broken.Message, broken);
        }
    }

    public override Task SendFinAsync()
    {
        socket.Shutdown(SocketShutdown.Send);
        return Task.CompletedTask;
    }

    public override Task CloseAsync()
    {
        socket.Close();
        return Task.CompletedTask;
    }

    public override void Reset()
    {
        socket.LingerState = new LingerOption(enable: true, seconds: 0);
        socket.Close();
    }

    public override ValueTask DisposeAsync()
    {
        socket.Dispose();
        return ValueTask.CompletedTask;
    }
}
