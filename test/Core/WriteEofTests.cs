namespace Kestrel.Streams.Tests;

public class WriteEofTests
{
    [Fact]
    public async Task All_is_sent_and_then_the_end_once()
    {
        var transport = new ScriptedTransport { HoldsSends = true };
        await using var stream = Streams.Over(transport);
        stream.Write("last"u8);
        var ending = stream.WriteEofAsync().AsTask();
        var again = stream.WriteEofAsync().AsTask();
        var send = await transport.NextSendAsync();
        Assert.False(ending.IsCompleted);
        send.Complete();
        await ending.Within();
        await again.Within();
        await stream.WriteEofAsync().Within();
        Assert.Equal(["send 4", "eof"], transport.Log);
    }

    [Fact]
    public async Task A_write_after_it_is_refused_and_reading_goes_on()
    {
        var transport = new ScriptedTransport();
        await using var stream = Streams.Over(transport);
        await stream.WriteEofAsync().Within();
        Assert.Throws<InvalidOperationException>(() => stream.Write("x"u8));
        await Assert.ThrowsAsync<InvalidOperationException>(() => stream.WriteAsync("x"u8).Within());
        await Assert.ThrowsAsync<InvalidOperationException>(() => stream.WriteAsync("x"u8.ToArray()).Within());
        await Assert.ThrowsAsync<InvalidOperationException>(() => stream.WriteLinesAsync(["x"u8.ToArray()]).Within());
        await stream.DrainAsync().Within();
        await stream.FlushAsync().Within();
        transport.Arrive("answer\n");
        Assert.Equal("answer\n", (await stream.ReadLineAsync().Within()).ToText());
    }

    [Fact]
    public async Task Cancelled_the_output_ends_all_the_same()
    {
        var transport = new ScriptedTransport { HoldsSends = true };
        await using var stream = Streams.Over(transport);
        using var source = new CancellationTokenSource();
        stream.Write("last"u8);
        var ending = stream.WriteEofAsync(source.Token).AsTask();
        await source.CancelAsync();
        await ending.ThrowsCancelledAsync(source.Token);
        Assert.Throws<InvalidOperationException>(() => stream.Write("x"u8));
        (await transport.NextSendAsync()).Complete();
        await stream.WriteEofAsync().Within();
        Assert.Equal(["send 4", "eof"], transport.Log);
    }

    [Fact]
    public async Task Where_the_transport_cannot_it_says_so_and_does_no_harm()
    {
        var (client, server) = DuplexPipes.CreatePair();
        await using var stream = ConnectionStream.Create(StreamTransport.FromPipe(client));
        Assert.False(stream.CanWriteEof);
        var refused = await Assert.ThrowsAsync<NotSupportedException>(() => stream.WriteEofAsync().Within());
        Assert.Contains("PipeTransport", refused.Message, StringComparison.Ordinal);
        await stream.WriteAsync("x"u8).Within();
        Assert.Equal(1, (await server.Input.ReadAsync().Within()).Buffer.Length);
    }

    [Fact]
    public async Task A_failed_end_breaks_the_connection()
    {
        var boom = new InvalidCastException("boom");
        var transport = new ScriptedTransport { OnEof = () => Task.FromException(boom) };
        await using var stream = Streams.Over(transport);
        await stream.WriteEofAsync().ThrowsFaultAsync(boom);
        await stream.WriteEofAsync().ThrowsFaultAsync(boom);
        await stream.WriteAsync("x"u8).ThrowsFaultAsync(boom);
    }

    [Fact]
    public async Task Waiting_for_the_unsent_it_wakes_with_the_close()
    {
        var transport = new ScriptedTransport { HoldsSends = true };
        var stream = Streams.Over(transport);
        stream.Write("last"u8);
        var ending = stream.WriteEofAsync().AsTask();
        var send = await transport.NextSendAsync();
        var closing = stream.CloseAsync().AsTask();
        await ending.ThrowsClosedAsync();
        send.Complete();
        await closing.Within();
        Assert.Equal(["send 4", "dispose"], transport.Log);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task In_the_hands_of_the_transport_it_ends_as_closed_when_the_stream_is(bool aborted)
    {
        var atEof = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var failEof = new TaskCompletionSource();
        var transport = new ScriptedTransport
        {
            OnEof = () =>
            {
                atEof.SetResult();
                return failEof.Task;
            },
        };
        var stream = Streams.Over(transport);
        var ending = stream.WriteEofAsync().AsTask();
        await atEof.Task.Within();
        if (aborted) await stream.AbortAsync().Within();
        else await stream.CloseAsync().Within();
        failEof.SetException(new ObjectDisposedException("transport"));
        await ending.ThrowsClosedAsync();
    }
}
