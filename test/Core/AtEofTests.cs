using System.IO.Pipes;

namespace Kestrel.Streams.Tests;

public class AtEofTests
{
    [Fact]
    public async Task True_behind_the_last_line_without_another_read()
    {
        await using var stream = Streams.With("last\n");
        Assert.False(stream.AtEof);
        Assert.Equal("last\n", (await stream.ReadLineAsync().Within()).ToText());
        Assert.True(stream.AtEof);
        Assert.True(stream.AtEof);
    }

    [Fact]
    public async Task Never_waits_and_the_next_read_picks_up_what_it_has_begun()
    {
        var transport = new ScriptedTransport();
        await using var stream = Streams.Over(transport);
        Assert.False(stream.AtEof);
        Assert.False(stream.AtEof);
        var reading = stream.ReadLineAsync().AsTask();
        Assert.False(stream.AtEof);
        transport.Arrive("line\n");
        Assert.Equal("line\n", (await reading.Within()).ToText());
        Assert.Empty(transport.BrokenPromises);
    }

    [Fact]
    public async Task Sees_the_end_that_comes_after_it_has_looked()
    {
        var transport = new ScriptedTransport();
        await using var stream = Streams.Over(transport);
        Assert.False(stream.AtEof);
        transport.ArriveEnd();
        Assert.True(stream.AtEof);
    }

    [Fact]
    public async Task Bytes_that_it_finds_are_not_lost()
    {
        await using var stream = Streams.With("x");
        Assert.False(stream.AtEof);
        Assert.Equal("x", (await stream.ReadAsync(1).Within()).ToText());
        Assert.True(stream.AtEof);
    }

    [Fact]
    public async Task True_after_the_own_close_also_with_bytes_unread()
    {
        var transport = new ScriptedTransport();
        await using var stream = Streams.Over(transport);
        transport.Arrive("unread");
        Assert.False(stream.AtEof);
        await stream.CloseAsync().Within();
        Assert.True(stream.AtEof);
    }

    [Fact]
    public async Task A_fault_is_no_end()
    {
        var transport = new ScriptedTransport();
        await using var stream = Streams.Over(transport);
        var boom = new IOException("boom");
        transport.Fail(boom);
        Assert.False(stream.AtEof);
        Assert.False(stream.AtEof);
        await stream.ReadAsync(1).ThrowsFaultAsync(boom);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(300)]
    public async Task Asked_all_the_time_beside_the_reads_it_loses_nothing(int portion)
    {
        var transport = new ScriptedTransport { Portion = portion };
        await using var stream = Streams.Over(transport, limit: 1000);
        var data = Samples.Sequence(Rounds.Of(100_000));
        var asking = Task.Factory.StartNew(
            () =>
            {
                while (!stream.AtEof)
                {
                }
            },
            TaskCreationOptions.LongRunning);
        var feeding = Task.Run(() =>
        {
            for (var at = 0; at < data.Length; at += 100) transport.Arrive(data[at..(at + 100)]);
            transport.ArriveEnd();
        });
        using var read = new MemoryStream();
        while (await stream.ReadAsync(70).Within() is { Length: > 0 } some)
        {
            read.Write(some);
            if (stream.Input.Buffer.Length < stream.Limit && stream.TryBorrowLine(out var line)) read.Write(line.Span);
        }

        await feeding.Within();
        await asking.Within();
        Assert.Equal(data, read.ToArray());
        Assert.Empty(transport.BrokenPromises);
    }

    [Fact]
    public async Task Asked_of_a_write_only_stream_it_does_no_harm()
    {
        await using var pipe = new AnonymousPipeServerStream(PipeDirection.Out);
        await using var stream = ConnectionStream.Create(StreamTransport.FromStream(pipe));
        try
        {
            Assert.False(stream.AtEof);
        }
        catch (NotSupportedException)
        {
            // As good an answer.
        }

        await stream.WriteAsync("still fine"u8).Within();
        await stream.CloseAsync().Within();
    }
}
