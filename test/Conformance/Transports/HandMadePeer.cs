using System.Net.Sockets;

namespace Kestrel.Streams.Tests;

/// <summary>The other end of a transport made by hand; looks at the end whether the stream has kept its promises.</summary>
internal sealed class HandMadePeer(HandMadeTransport transport) : Peer
{
    private readonly PipePeer _receiving = new(transport.FromStreamReader, new System.IO.Pipelines.Pipe().Writer);

    public override Task SendAsync(ReadOnlyMemory<byte> data)
    {
        if (!data.IsEmpty && !transport.ToStream.TryWrite(data.ToArray()))
            throw new IOException("The other end reads no more.");
        return Task.CompletedTask;
    }

    public override ValueTask<int> ReceiveAsync(Memory<byte> buffer) => _receiving.ReceiveAsync(buffer);

    public override Task SendFinAsync()
    {
        transport.ToStream.TryComplete();
        return Task.CompletedTask;
    }

    public override Task CloseAsync()
    {
        transport.ToStream.TryComplete();
        return _receiving.CloseAsync();
    }

    public override void Reset()
    {
        transport.ToStream.TryComplete(new SocketException((int)SocketError.ConnectionReset));
        _receiving.Reset();
    }

    public override async ValueTask DisposeAsync()
    {
        await CloseAsync();
        Assert.Empty(transport.Broken);
    }
}
