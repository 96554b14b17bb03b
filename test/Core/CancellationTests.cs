namespace Kestrel.Streams.Tests;

public class CancellationTests
{
    // For the calls that send a file: any will do.
    private static readonly FileStream _file = File.OpenRead(typeof(CancellationTests).Assembly.Location);

    public static TheoryData<string, Func<ConnectionStream, CancellationToken, Task>> Calls => new()
    {
        { "ReadAsync", (stream, token) => stream.ReadAsync(1, token).AsTask() },
        { "ReadAsync to the end", (stream, token) => stream.ReadAsync(-1, token).AsTask() },
        { "ReadAsync of a Stream", (stream, token) => stream.ReadAsync(new byte[1].AsMemory(), token).AsTask() },
        { "ReadAsync of an array", (stream, token) => stream.ReadAsync(new byte[1], 0, 1, token) },
        { "ReadLineAsync", (stream, token) => stream.ReadLineAsync(token).AsTask() },
        { "ReadLineAsync of text", (stream, token) => stream.ReadLineAsync(System.Text.Encoding.UTF8, token).AsTask() },
        { "ReadUntilAsync", (stream, token) => stream.ReadUntilAsync("x"u8, token).AsTask() },
        { "ReadUntilAsync of a byte", (stream, token) => stream.ReadUntilAsync((byte)'x', token).AsTask() },
        { "ReadUntilAnyAsync", (stream, token) => stream.ReadUntilAnyAsync(["x"u8.ToArray()], token).AsTask() },
        { "ReadExactlyAsync", (stream, token) => stream.ReadExactlyAsync(1, token).AsTask() },
        { "ReadExactlyAsync of many", (stream, token) => stream.ReadExactlyAsync(100_000, token).AsTask() },
        { "ReadToEndAsync", (stream, token) => stream.ReadToEndAsync(10, token).AsTask() },
        { "SkipLineAsync", (stream, token) => stream.SkipLineAsync(token).AsTask() },
        { "SkipUntilAsync", (stream, token) => stream.SkipUntilAsync("x"u8, token).AsTask() },
        { "BorrowAsync", (stream, token) => stream.BorrowAsync(token).AsTask() },
        { "BorrowLineAsync", (stream, token) => stream.BorrowLineAsync(token).AsTask() },
        { "BorrowUntilAsync", (stream, token) => stream.BorrowUntilAsync("x"u8, token).AsTask() },
        { "BorrowExactlyAsync", (stream, token) => stream.BorrowExactlyAsync(1, token).AsTask() },
        { "WriteAsync", (stream, token) => stream.WriteAsync("x"u8.ToArray(), token).AsTask() },
        { "WriteAsync of a span", (stream, token) => stream.WriteAsync("x"u8, token).AsTask() },
        { "WriteAsync of text", (stream, token) => stream.WriteAsync("x", token).AsTask() },
        { "WriteAsync of a range", (stream, token) => stream.WriteAsync(new byte[1], 0, 1, token) },
        { "WriteLinesAsync", (stream, token) => stream.WriteLinesAsync(["x"u8.ToArray()], token).AsTask() },
        { "SendFileAsync", (stream, token) => stream.SendFileAsync(_file, 0, 1, token).AsTask() },
        { "FlushAsync", (stream, token) => stream.FlushAsync(token) },
        { "DrainAsync", (stream, token) => stream.DrainAsync(token).AsTask() },
        { "WriteEofAsync", (stream, token) => stream.WriteEofAsync(token).AsTask() },
    };

    [Theory]
    [MemberData(nameof(Calls), DisableDiscoveryEnumeration = true)]
    public async Task A_token_that_is_cancelled_already_wins_and_nothing_happens(
        string name, Func<ConnectionStream, CancellationToken, Task> call)
    {
        Assert.NotEmpty(name);
        var token = new CancellationToken(canceled: true);
        var transport = new ScriptedTransport();
        transport.Arrive("xyz");
        await using var stream = Streams.Over(transport);
        await call(stream, token).ThrowsCancelledAsync(token);
        Assert.Empty(transport.Log);
        Assert.Equal("xyz", (await stream.ReadAsync(3).Within()).ToText());

        await stream.CloseAsync().Within();
        await call(stream, token).ThrowsCancelledAsync(token);
    }

    [Theory]
    [MemberData(nameof(Calls), DisableDiscoveryEnumeration = true)]
    public async Task Cancelled_while_it_waits_the_stream_stays_usable(
        string name, Func<ConnectionStream, CancellationToken, Task> call)
    {
        Assert.NotEmpty(name);
        using var source = new CancellationTokenSource();
        var transport = new ScriptedTransport { HoldsSends = true };
        await using var stream = ConnectionStream.Create(transport, new ConnectionStreamOptions { HighWaterMark = 0 });
        stream.Write("unsent"u8);
        var waiting = call(stream, source.Token);
        Assert.False(waiting.IsCompleted);
        await source.CancelAsync();
        await waiting.ThrowsCancelledAsync(source.Token);

        var send = await transport.NextSendAsync(); // the sweeper may have been about to begin it
        transport.HoldsSends = false;
        send.Complete();
        await stream.FlushAsync().Within();
        transport.Arrive("xyz");
        Assert.Equal("xyz", (await stream.ReadExactlyAsync(3).Within()).ToText());
        Assert.Empty(transport.BrokenPromises);
    }

    [Fact]
    public async Task A_cancelled_read_leaves_its_receive_pending_and_the_next_one_picks_it_up()
    {
        var transport = new ScriptedTransport();
        await using var stream = Streams.Over(transport);
        for (var i = 0; i < 5; i++)
        {
            using var source = new CancellationTokenSource();
            var reading = stream.ReadLineAsync(source.Token).AsTask();
            await source.CancelAsync();
            await reading.ThrowsCancelledAsync(source.Token);
        }

        Assert.Equal(["wait"], transport.Log);
        var last = stream.ReadLineAsync().AsTask();
        transport.Arrive("line\n");
        Assert.Equal("line\n", (await last.Within()).ToText());
        Assert.Equal(["wait", "receive"], transport.Log);
    }

    [Fact]
    public async Task What_comes_between_two_reads_is_there_for_the_second()
    {
        var transport = new ScriptedTransport();
        await using var stream = Streams.Over(transport);
        using var source = new CancellationTokenSource();
        transport.Arrive("par");
        var reading = stream.ReadLineAsync(source.Token).AsTask();
        await source.CancelAsync();
        await reading.ThrowsCancelledAsync(source.Token);
        transport.Arrive("tial\nmore\n");
        Assert.Equal("partial\n", (await stream.ReadLineAsync().Within()).ToText());
        Assert.Equal("more\n", (await stream.ReadLineAsync().Within()).ToText());
    }

    [Fact]
    public async Task A_fault_that_comes_between_two_reads_is_there_for_the_second()
    {
        var transport = new ScriptedTransport();
        await using var stream = Streams.Over(transport);
        using var source = new CancellationTokenSource();
        var reading = stream.ReadLineAsync(source.Token).AsTask();
        await source.CancelAsync();
        await reading.ThrowsCancelledAsync(source.Token);
        var boom = new IOException("boom");
        transport.Fail(boom);
        await stream.ReadLineAsync().ThrowsFaultAsync(boom);
    }

    [Theory]
    [InlineData(10)]
    [InlineData(100_000)]
    public async Task A_receive_that_ends_just_as_its_read_is_cancelled_is_not_lost(int count)
    {
        var transport = new ScriptedTransport();
        await using var stream = Streams.Over(transport);
        var sent = Samples.Sequence(Rounds.Of(20_000));
        var read = new List<byte>();
        using var start = new Barrier(2);
        for (var at = 0; at < sent.Length; at += 10)
        {
            using var source = new CancellationTokenSource();
            var reading = count > 10
                ? stream.ReadExactlyAsync(count, source.Token).AsTask()
                : stream.ReadAsync(count, source.Token).AsTask();
            var piece = sent[at..(at + 10)];
            var arriving = Task.Run(() =>
            {
                start.SignalAndWait();
                transport.Arrive(piece);
            });
            start.SignalAndWait();
            source.Cancel();
            await arriving.Within();
            try
            {
                read.AddRange(await reading.Within());
            }
            catch (OperationCanceledException)
            {
                read.AddRange(await stream.ReadExactlyAsync(10).Within());
            }
        }

        Assert.Equal(sent, read);
        Assert.Empty(transport.BrokenPromises);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_large_read_that_begins_just_as_the_stream_reads_ahead_and_is_cancelled_loses_nothing(bool waits)
    {
        var transport = new ScriptedTransport { Waits = waits };
        await using var stream = Streams.Over(transport);
        _ = stream.Closed;
        var sent = Samples.Sequence(Rounds.Of(100_000));
        var read = new List<byte>();
        using var start = new Barrier(2);
        var arriving = Task.Factory.StartNew(
            () =>
            {
                for (var at = 0; at < sent.Length; at += 10)
                {
                    Assert.True(start.SignalAndWait(TimeSpan.FromSeconds(20)));
                    transport.Arrive(sent[at..(at + 10)]);
                }
            },
            TaskCreationOptions.LongRunning);
        for (var at = 0; at < sent.Length; at += 10)
        {
            using var source = new CancellationTokenSource();
            if (!start.SignalAndWait(TimeSpan.FromSeconds(10))) break; // the other side has failed and tells why
            Thread.SpinWait(at % 500);
            var reading = stream.ReadExactlyAsync(100_000, source.Token).AsTask();
            await source.CancelAsync();
            await reading.ThrowsCancelledAsync(source.Token);
            read.AddRange(await stream.ReadExactlyAsync(10).Within());
            await Task.Yield(); // the thread of the transport may have come along, and has to wait at the start itself
        }

        await arriving.Within();
        Assert.Equal(sent, read);
        Assert.Empty(transport.BrokenPromises);
    }
}
