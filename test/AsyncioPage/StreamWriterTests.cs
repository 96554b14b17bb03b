using System.Net.Sockets;

namespace Kestrel.Streams.Tests;

/// <summary>The class StreamWriter, method by method.</summary>
public sealed class StreamWriterTests : IAsyncLifetime
{
    private ConnectionStream _stream = null!;
    private Socket _peer = null!;

    public async ValueTask InitializeAsync() => (_stream, _peer) = await Meeting.ConnectAsync();

    public async ValueTask DisposeAsync()
    {
        await _stream.AbortAsync().Within();
        _peer.Dispose();
    }

    [Fact]
    public async Task Write()
    {
        _stream.Write("leaves by itself"u8);
        Assert.Equal("leaves by itself", await _peer.HearAsync(16));
    }

    [Fact]
    public async Task Await_write()
    {
        await _stream.WriteAsync("sent"u8).Within();
        Assert.Equal("sent", await _peer.HearAsync(4));
    }

    [Fact]
    public async Task Writelines()
    {
        byte[][] lines = ["a\n"u8.ToArray(), "b\n"u8.ToArray()];
        _stream.WriteLines(lines);
        await _stream.WriteLinesAsync(lines).Within();
        Assert.Equal("a\nb\na\nb\n", await _peer.HearAsync(8));
    }

    [Fact]
    public async Task Close()
    {
        _stream.Write("before"u8);
        await _stream.CloseAsync().Within();
        Assert.Equal("before", await _peer.HearAsync(100));
        Assert.Throws<ObjectDisposedException>(() => _stream.Write("after"u8));
    }

    [Fact]
    public void Can_write_eof() => Assert.True(_stream.CanWriteEof);

    [Fact]
    public async Task Write_eof()
    {
        _stream.Write("question"u8);
        await _stream.WriteEofAsync().Within();
        Assert.Equal("question", await _peer.HearAsync(100));
        await _peer.SayAsync("answer");
        Assert.Equal("answer", (await _stream.ReadExactlyAsync(6).Within()).Text());
    }

    [Fact]
    public void Transport() => Assert.Equal(_peer.LocalEndPoint, _stream.Transport.RemoteEndPoint);

    [Fact]
    public async Task Drain()
    {
        await _stream.DrainAsync().Within();
        // Far above the high-water mark; unlike asyncio's, a write may not grow the buffer for ever, so this one is not waited for.
        var write = _stream.WriteAsync(new byte[32 << 20]).AsTask();
        var drain = _stream.DrainAsync().AsTask();
        Assert.False(drain.IsCompleted);
        await _peer.HearAsync(32 << 20);
        await drain.Within();
        await write.Within();
    }

    [Fact]
    public async Task Is_closing_and_wait_closed()
    {
        Assert.False(_stream.IsClosing);
        var closed = _stream.WaitClosedAsync();
        await _stream.CloseAsync().Within();
        Assert.True(_stream.IsClosing);
        await closed.Within();
    }

    [Fact]
    public async Task Transport_abort()
    {
        _stream.Abort();
        var reset = await Assert.ThrowsAsync<SocketException>(() => _peer.ReceiveAsync(new byte[1]).Within());
        Assert.Equal(SocketError.ConnectionReset, reset.SocketErrorCode);
    }

    [Fact]
    public async Task Sendfile()
    {
        var path = Path.GetTempFileName();
        try
        {
            await File.WriteAllTextAsync(path, "0123456789");
            await using var file = File.OpenRead(path);
            _stream.Write("<"u8);
            await _stream.SendFileAsync(file, offset: 2, count: 5).Within();
            await _stream.WriteAsync(">"u8).Within();
            Assert.Equal("<23456>", await _peer.HearAsync(7));
        }
        finally
        {
            File.Delete(path);
        }
    }
}
