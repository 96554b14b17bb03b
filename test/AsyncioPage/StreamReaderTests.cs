using System.Net.Sockets;

namespace Kestrel.Streams.Tests;

/// <summary>The class StreamReader, method by method.</summary>
public sealed class StreamReaderTests : IAsyncLifetime
{
    private ConnectionStream _stream = null!;
    private Socket _peer = null!;

    public async ValueTask InitializeAsync() => (_stream, _peer) = await Meeting.ConnectAsync(limit: 10);

    public async ValueTask DisposeAsync()
    {
        await _stream.AbortAsync().Within();
        _peer.Dispose();
    }

    [Fact]
    public async Task Read_n()
    {
        await _peer.SayAsync("abc");
        Assert.Equal("ab", (await _stream.ReadAsync(2).Within()).Text());
        Assert.Equal("c", (await _stream.ReadAsync(2).Within()).Text());
        _peer.Shutdown(SocketShutdown.Send);
        Assert.Empty(await _stream.ReadAsync(2).Within());
    }

    [Fact]
    public async Task Read_to_EOF()
    {
        await _peer.SayAsync("more than the limit is fine here");
        _peer.Shutdown(SocketShutdown.Send);
        Assert.Equal("more than the limit is fine here", (await _stream.ReadAsync().Within()).Text());
        Assert.Empty(await _stream.ReadAsync(-1).Within());
    }

    [Fact]
    public async Task Readline()
    {
        await _peer.SayAsync("one\ntw");
        Assert.Equal("one\n", (await _stream.ReadLineAsync().Within()).Text());
        _peer.Shutdown(SocketShutdown.Send);
        Assert.Equal("tw", (await _stream.ReadLineAsync().Within()).Text());
        Assert.Empty(await _stream.ReadLineAsync().Within());
    }

    [Fact]
    public async Task Readexactly()
    {
        await _peer.SayAsync("exactly twenty bytes");
        Assert.Equal("exactly twenty bytes", (await _stream.ReadExactlyAsync(20).Within()).Text());
    }

    [Fact]
    public async Task Readuntil()
    {
        await _peer.SayAsync("key: value\r\n");
        Assert.Equal("key:", (await _stream.ReadUntilAsync((byte)':').Within()).Text());
        Assert.Equal(" value\r\n", (await _stream.ReadUntilAsync("\r\n"u8).Within()).Text());
    }

    [Fact]
    public async Task At_eof()
    {
        Assert.False(_stream.AtEof);
        await _peer.SayAsync("last\n");
        _peer.Shutdown(SocketShutdown.Send);
        Assert.Equal("last\n", (await _stream.ReadLineAsync().Within()).Text());
        Assert.Empty(await _stream.ReadLineAsync().Within());
        Assert.True(_stream.AtEof);
    }

    [Fact]
    public async Task Async_for()
    {
        await _peer.SayAsync("1\n2\n3\n");
        _peer.Shutdown(SocketShutdown.Send);
        var lines = new List<string>();
        await foreach (var line in _stream.ReadLinesAsync()) lines.Add(line.Text());
        Assert.Equal(["1\n", "2\n", "3\n"], lines);
    }

    [Fact]
    public async Task IncompleteReadError_partial_and_expected()
    {
        await _peer.SayAsync("half");
        _peer.Shutdown(SocketShutdown.Send);
        var cut = await Assert.ThrowsAsync<IncompleteReadException>(() => _stream.ReadExactlyAsync(8).Within());
        Assert.Equal(("half", 8L), (cut.Partial.Text(), cut.Expected));
        Assert.Empty(await _stream.ReadAsync().Within());
    }

    [Fact]
    public async Task LimitOverrunError_consumed()
    {
        await _peer.SayAsync("a line over the limit\n");
        var over = await Assert.ThrowsAsync<LimitOverrunException>(() => _stream.ReadUntilAsync("\n"u8).Within());
        Assert.InRange(over.Consumed, 10, 21);
        Assert.Equal(22, await _stream.SkipLineAsync().Within());
    }
}
