using System.Text;

namespace Kestrel.Streams.Tests;

/// <summary>
/// A receive of an earlier read that ends in the middle of the work of another one, where nobody waits for it: here while
/// the read sends what is unsent, or decodes.
/// </summary>
[Collection(StalledSweeper.Alone)]
public class ParkedReceiveTests
{
    [Fact]
    public async Task The_sign_that_bytes_are_there_is_followed_up()
    {
        using var sweeper = await StalledSweeper.BeginAsync();
        var (stream, transport) = await CreateAsync("");
        transport.OnSend = () => transport.Arrive("line\n");
        stream.Write("x"u8);
        Assert.Equal("line\n", (await stream.ReadLineAsync().Within()).ToText());
    }

    [Fact]
    public async Task Bytes_are_taken_over()
    {
        using var sweeper = await StalledSweeper.BeginAsync();
        var (stream, transport) = await CreateAsync("li");
        transport.OnSend = () => transport.Arrive("ne\nmore\n");
        stream.Write("x"u8);
        Assert.Equal("line\n", (await stream.ReadLineAsync().Within()).ToText());
        Assert.Equal("more\n", (await stream.ReadLineAsync().Within()).ToText());
    }

    [Fact]
    public async Task Bytes_for_a_cancelled_result_are_taken_over()
    {
        using var sweeper = await StalledSweeper.BeginAsync();
        var (stream, transport) = await CreateAsync("");
        using var source = new CancellationTokenSource();
        transport.Arrive("a");
        await stream.ReadAsync(1).Within();
        var large = stream.ReadExactlyAsync(200_000, source.Token).AsTask();
        await source.CancelAsync();
        await large.ThrowsCancelledAsync(source.Token);
        transport.OnSend = () => transport.Arrive("line\n");
        stream.Write("x"u8);
        Assert.Equal("line\n", (await stream.ReadLineAsync().Within()).ToText());
    }

    [Fact]
    public async Task The_end_is_seen()
    {
        using var sweeper = await StalledSweeper.BeginAsync();
        var (stream, transport) = await CreateAsync("cut");
        transport.OnSend = () => transport.ArriveEnd();
        stream.Write("x"u8);
        Assert.Equal("cut", (await stream.ReadLineAsync().Within()).ToText());
        Assert.True(stream.AtEof);
    }

    [Fact]
    public async Task A_fault_is_thrown()
    {
        using var sweeper = await StalledSweeper.BeginAsync();
        var (stream, transport) = await CreateAsync("cut");
        var boom = new IOException("boom");
        transport.OnSend = () => transport.Fail(boom);
        stream.Write("x"u8);
        await stream.ReadLineAsync().ThrowsFaultAsync(boom);
        await stream.WriteAsync("x"u8).ThrowsFaultAsync(boom);
    }

    [Fact]
    public async Task A_large_read_that_is_cancelled_later_gives_back_in_order()
    {
        using var sweeper = await StalledSweeper.BeginAsync();
        var (stream, transport) = await CreateAsync("li");
        using var source = new CancellationTokenSource();
        transport.OnSend = () => transport.Arrive("ne");
        stream.Write("x"u8);
        var large = stream.ReadExactlyAsync(200_000, source.Token).AsTask();
        await source.CancelAsync();
        await large.ThrowsCancelledAsync(source.Token);
        transport.Arrive("\n");
        Assert.Equal("line\n", (await stream.ReadLineAsync().Within()).ToText());
    }

    [Fact]
    public async Task A_close_in_between_ends_the_read()
    {
        using var sweeper = await StalledSweeper.BeginAsync();
        var (stream, transport) = await CreateAsync("cut");
        transport.OnSend = () =>
        {
            transport.Arrive("late\n");
            stream.Abort();
        };
        stream.Write("x"u8);
        await stream.ReadLineAsync().ThrowsClosedAsync();
        await stream.WaitClosedAsync().Within();
        Assert.Equal(0, stream.Input.Buffer.Length);
    }

    [Fact]
    public async Task The_next_read_has_what_came_while_text_was_decoded()
    {
        var (stream, transport) = await CreateAsync("one\n");
        Assert.Equal("one\n", (await stream.ReadLineAsync().Within()).ToText());
        _ = stream.Closed;
        transport.Arrive("two\n");
        var slow = new Interrupted(() => transport.Arrive("three\n"));
        Assert.Equal("two", await stream.ReadLineAsync(slow).Within());
        Assert.True(stream.TryBorrowLine(out var line));
        Assert.Equal("three\n", line.ToText());
        Assert.Empty(transport.BrokenPromises);
    }

    /// <summary>A stream with a receive pending, left by a read that was cancelled with so much in the buffer.</summary>
    private static async Task<(ConnectionStream Stream, ScriptedTransport Transport)> CreateAsync(string buffered)
    {
        var transport = new ScriptedTransport();
        var stream = Streams.Over(transport);
        if (buffered.Length > 0) transport.Arrive(buffered);
        using var source = new CancellationTokenSource();
        var reading = stream.ReadExactlyAsync(100, source.Token).AsTask();
        await source.CancelAsync();
        await reading.ThrowsCancelledAsync(source.Token);
        Assert.True(transport.IsReceiving);
        return (stream, transport);
    }

    /// <summary>UTF-8 during whose work something happens.</summary>
    private sealed class Interrupted(Action interrupt) : Encoding
    {
        public override int GetByteCount(char[] chars, int index, int count) => UTF8.GetByteCount(chars, index, count);

        public override int GetBytes(char[] chars, int charIndex, int charCount, byte[] bytes, int byteIndex) =>
            UTF8.GetBytes(chars, charIndex, charCount, bytes, byteIndex);

        public override int GetCharCount(byte[] bytes, int index, int count)
        {
            interrupt();
            return UTF8.GetCharCount(bytes, index, count);
        }

        public override int GetChars(byte[] bytes, int byteIndex, int byteCount, char[] chars, int charIndex) =>
            UTF8.GetChars(bytes, byteIndex, byteCount, chars, charIndex);

        public override int GetMaxByteCount(int charCount) => UTF8.GetMaxByteCount(charCount);

        public override int GetMaxCharCount(int byteCount) => UTF8.GetMaxCharCount(byteCount);
    }
}
