namespace Kestrel.Streams.Tests;

public class ClosedTests
{
    [Fact]
    public async Task Fires_with_the_own_close_and_is_there_afterwards()
    {
        var stream = Streams.Over(new ScriptedTransport());
        var closed = stream.Closed;
        Assert.False(closed.IsCancellationRequested);
        await stream.CloseAsync().Within();
        await closed.Fired().Within();
        Assert.True(stream.Closed.IsCancellationRequested);
    }

    [Fact]
    public async Task Asked_for_afterwards_it_has_fired()
    {
        var stream = Streams.Over(new ScriptedTransport());
        await stream.CloseAsync().Within();
        Assert.True(stream.Closed.IsCancellationRequested);
    }

    [Fact]
    public async Task A_peer_that_goes_while_nobody_reads_fires_it()
    {
        var transport = new ScriptedTransport();
        await using var stream = Streams.Over(transport);
        var closed = stream.Closed;
        transport.Arrive("unread");
        Assert.False(closed.IsCancellationRequested);
        transport.Fail(new IOException("reset"));
        await closed.Fired().Within();
        Assert.Equal("unread", (await stream.ReadAsync(100).Within()).ToText());
    }

    [Fact]
    public async Task The_end_of_the_peer_alone_does_not_fire_it_and_the_own_end_after_it_does()
    {
        var transport = new ScriptedTransport();
        await using var stream = Streams.Over(transport);
        var closed = stream.Closed;
        transport.ArriveEnd();
        Assert.True(stream.AtEof);
        Assert.False(closed.IsCancellationRequested);
        await stream.WriteAsync("still"u8).Within();
        await stream.WriteEofAsync().Within();
        await closed.Fired().Within();
    }

    [Fact]
    public async Task The_own_end_alone_does_not_fire_it_and_the_end_of_the_peer_after_it_does()
    {
        var transport = new ScriptedTransport();
        await using var stream = Streams.Over(transport);
        var closed = stream.Closed;
        await stream.WriteEofAsync().Within();
        Assert.False(closed.IsCancellationRequested);
        transport.ArriveEnd();
        await closed.Fired().Within();
    }

    [Fact]
    public async Task An_abort_fires_it()
    {
        var stream = Streams.Over(new ScriptedTransport());
        var closed = stream.Closed;
        stream.Abort();
        await closed.Fired().Within();
    }

    [Theory]
    [MemberData(nameof(StreamPairs.Kinds), MemberType = typeof(StreamPairs))]
    public async Task Over_a_real_transport_the_peers_end_does_not_fire_it_and_its_abort_does(string kind)
    {
        var (stream, peer) = await StreamPairs.CreateAsync(kind);
        await using var closing = stream;
        var closed = stream.Closed;
        await peer.WriteEofAsync().Within();
        Assert.Empty(await stream.ReadAsync(1).Within());
        Assert.False(closed.IsCancellationRequested);
        await peer.AbortAsync().Within();
        // The end has come already: only a write tells that nobody is there any more.
        await Assert.ThrowsAsync<IOException>(async () =>
        {
            while (true) await stream.WriteAsync("x"u8).Within();
        });
        await closed.Fired().Within();
    }

    [Fact]
    public async Task A_TCP_peer_that_resets_while_nobody_reads_or_writes_fires_it()
    {
        var (stream, peer) = await StreamPairs.CreateAsync("TCP");
        await using var closing = stream;
        var closed = stream.Closed;
        peer.Abort();
        await closed.Fired().Within();
    }

    [Fact]
    public async Task A_failed_send_fires_it()
    {
        var transport = new ScriptedTransport { HoldsSends = true };
        await using var stream = Streams.Over(transport);
        var closed = stream.Closed;
        stream.Write("x"u8);
        (await transport.NextSendAsync()).Fail(new IOException("reset"));
        await closed.Fired().Within();
    }

    [Fact]
    public async Task It_reads_ahead_to_the_limit_and_on_when_there_is_room_again()
    {
        var transport = new ScriptedTransport { Portion = 100 };
        await using var stream = Streams.Over(transport, limit: 1000);
        transport.Arrive(Samples.Sequence(5000));
        Assert.Empty(transport.Log);
        _ = stream.Closed;
        Assert.Equal(1000, stream.Input.Buffer.Length);
        Assert.False(transport.IsReceiving);
        Assert.Equal(Samples.Sequence(5000)[..400], await stream.ReadExactlyAsync(400).Within());
        Assert.Equal(1000, stream.Input.Buffer.Length);
        Assert.Equal(Samples.Sequence(5000)[400..], await stream.ReadExactlyAsync(4600).Within());
        Assert.True(transport.IsReceiving);
        Assert.Empty(transport.BrokenPromises);
    }

    [Fact]
    public async Task Reading_while_it_reads_ahead_loses_nothing()
    {
        var transport = new ScriptedTransport();
        await using var stream = Streams.Over(transport, limit: 1000);
        _ = stream.Closed;
        var data = Samples.Sequence(300_000);
        var feeding = Task.Run(() =>
        {
            for (var at = 0; at < data.Length; at += 100) transport.Arrive(data[at..(at + 100)]);
            transport.ArriveEnd();
        });
        using var read = new MemoryStream();
        for (var size = 1; await stream.ReadAsync(size).Within() is { Length: > 0 } some; size = (size * 7 % 1999) + 1)
        {
            read.Write(some);
            _ = stream.AtEof;
            stream.TryBorrowLine(out var line);
            read.Write(line.Span);
        }

        await feeding.Within();
        Assert.Equal(data, read.ToArray());
        Assert.Empty(transport.BrokenPromises);
    }

    [Fact]
    public async Task A_write_only_stream_receives_nothing_for_it()
    {
        var transport = new ScriptedTransport { Ways = StreamMode.Write };
        await using var stream = Streams.Over(transport);
        Assert.False(stream.Closed.IsCancellationRequested);
        Assert.Empty(transport.Log);
    }

    [Fact]
    public async Task What_is_registered_may_use_the_stream()
    {
        var transport = new ScriptedTransport { Tries = true };
        await using var stream = Streams.Over(transport);
        var done = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        stream.Closed.Register(() =>
        {
            stream.Abort();
            done.SetResult();
        });
        transport.OnTry = _ => throw new IOException("reset");
        await Assert.ThrowsAsync<IOException>(() => stream.WriteAsync("x"u8).Within());
        await done.Task.Within();
    }

    [Fact]
    public async Task A_write_only_stream_has_its_transport_watch_the_peer_once_and_is_gone_when_it_tells()
    {
        var transport = new ScriptedTransport { Ways = StreamMode.Write };
        await using var stream = Streams.Over(transport);
        Assert.Empty(transport.Watchers);
        var closed = stream.Closed;
        _ = stream.Closed;
        Assert.Single(transport.Watchers)(new IOException("gone"));
        await closed.Fired().Within();
        await Assert.ThrowsAsync<IOException>(() => stream.WriteAsync("x"u8).Within());
    }

    [Fact]
    public async Task An_abort_fires_it_before_the_transport_is_released()
    {
        var transport = new ScriptedTransport { HoldsDispose = true };
        var stream = Streams.Over(transport);
        var closed = stream.Closed;
        stream.Abort();
        await closed.Fired().Within();
        Assert.False(stream.WaitClosedAsync().IsCompleted);
        transport.Release();
        await stream.WaitClosedAsync().Within();
    }
}
