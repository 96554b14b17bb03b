using System.Text;

namespace Kestrel.Streams.Tests;

public class ReadLineTests
{
    [Fact]
    public async Task Gives_lines_with_their_ends_then_what_is_left_then_nothing()
    {
        await using var stream = Streams.With("one\r\n\ncut");
        Assert.Equal("one\r\n", (await stream.ReadLineAsync().Within()).ToText());
        Assert.Equal("\n", (await stream.ReadLineAsync().Within()).ToText());
        Assert.Equal("cut", (await stream.ReadLineAsync().Within()).ToText());
        Assert.Empty(await stream.ReadLineAsync().Within());
        Assert.Empty(await stream.ReadLineAsync().Within());
    }

    [Fact]
    public async Task A_line_of_exactly_the_limit_is_fine()
    {
        await using var stream = Streams.With("12345\n12345", limit: 5);
        Assert.Equal("12345\n", (await stream.ReadLineAsync().Within()).ToText());
        Assert.Equal("12345", (await stream.ReadLineAsync().Within()).ToText());
    }

    [Fact]
    public async Task Over_the_limit_with_its_end_nothing_is_consumed()
    {
        await using var stream = Streams.With("123456\nnext\n", limit: 5);
        for (var i = 0; i < 2; i++)
        {
            var over = await Assert.ThrowsAsync<LimitOverrunException>(() => stream.ReadLineAsync().Within());
            Assert.Equal((6, 5), (over.Consumed, over.Limit));
            Assert.Contains("6 bytes against a limit of 5", over.Message, StringComparison.Ordinal);
        }

        Assert.Throws<LimitOverrunException>(() => stream.TryBorrowLine(out _));
        Assert.Equal(7, await stream.SkipLineAsync().Within());
        Assert.Equal("next\n", (await stream.ReadLineAsync().Within()).ToText());
    }

    [Fact]
    public async Task Over_the_limit_without_its_end_nothing_is_consumed()
    {
        var transport = new ScriptedTransport();
        await using var stream = Streams.Over(transport, limit: 5);
        transport.Arrive("123456");
        var over = await Assert.ThrowsAsync<LimitOverrunException>(() => stream.ReadLineAsync().Within());
        Assert.Equal((6, 5), (over.Consumed, over.Limit));
        transport.Arrive("78\n");
        Assert.Equal("123456", (await stream.ReadAsync(100).Within()).ToText());
        Assert.Equal("78\n", (await stream.ReadLineAsync().Within()).ToText());
    }

    [Fact]
    public async Task At_most_twice_the_limit_is_buffered()
    {
        var transport = new ScriptedTransport();
        await using var stream = Streams.Over(transport, limit: 100);
        transport.Arrive(new byte[10_000]);
        await Assert.ThrowsAsync<LimitOverrunException>(() => stream.ReadLineAsync().Within());
        await Assert.ThrowsAsync<LimitOverrunException>(() => stream.ReadLineAsync().Within());
        Assert.InRange(stream.Input.Buffer.Length, 101, 200);
        _ = stream.Closed;
        Assert.InRange(stream.Input.Buffer.Length, 101, 200);
    }

    [Fact]
    public async Task Byte_by_byte_it_is_right_and_quick()
    {
        var transport = new ScriptedTransport { Portion = 1 };
        await using var stream = Streams.Over(transport);
        var line = Samples.Sequence(65536).Select(b => b == '\n' ? (byte)'x' : b).Append((byte)'\n').ToArray();
        transport.Arrive(line);
        Assert.Equal(line, await stream.ReadLineAsync().Within(TimeSpan.FromSeconds(10)));
    }

    [Fact]
    public async Task Lines_come_out_whole_in_every_cut()
    {
        var text = "a\n\nbcd\nefghijkl\nmn";
        for (var first = 0; first <= text.Length; first++)
        {
            for (var second = first; second <= text.Length; second++)
            {
                var transport = new ScriptedTransport();
                await using var stream = Streams.Over(transport, limit: 8);
                var collecting = Task.Run(async () =>
                {
                    var lines = new List<string>();
                    await foreach (var line in stream.BorrowLinesAsync()) lines.Add(line.ToText());
                    return lines;
                });
                foreach (var piece in new[] { text[..first], text[first..second], text[second..] })
                {
                    if (piece.Length > 0) transport.Arrive(piece);
                }

                transport.ArriveEnd();
                Assert.Equal(["a\n", "\n", "bcd\n", "efghijkl\n", "mn"], await collecting.Within());
            }
        }
    }

    [Fact]
    public async Task As_text_the_line_end_is_taken_off_and_the_end_is_null()
    {
        await using var stream = Streams.With("grüße\r\n\n\r\nx\r");
        Assert.Equal("grüße", await stream.ReadLineAsync(Encoding.UTF8).Within());
        Assert.Equal("", await stream.ReadLineAsync(Encoding.UTF8).Within());
        Assert.Equal("", await stream.ReadLineAsync(Encoding.UTF8).Within());
        Assert.Equal("x\r", await stream.ReadLineAsync(Encoding.UTF8).Within());
        Assert.Null(await stream.ReadLineAsync(Encoding.UTF8).Within());
    }

    [Fact]
    public async Task Text_that_cannot_be_decoded_is_not_consumed()
    {
        var transport = new ScriptedTransport();
        transport.Arrive(0xff, (byte)'\n');
        await using var stream = Streams.Over(transport);
        var strict = new UTF8Encoding(false, throwOnInvalidBytes: true);
        await Assert.ThrowsAsync<DecoderFallbackException>(() => stream.ReadLineAsync(strict).Within());
        Assert.Equal([0xff, (byte)'\n'], await stream.ReadLineAsync().Within());
    }

    [Fact]
    public async Task An_encoding_must_be_given()
    {
        await using var stream = Streams.With("x");
        Assert.Equal("encoding", Assert.Throws<ArgumentNullException>(() => { _ = stream.ReadLineAsync((Encoding)null!).AsTask(); }).ParamName);
    }

    [Fact]
    public async Task Lines_come_one_after_another_until_the_end()
    {
        await using var stream = Streams.With("a\nb\nc");
        var lines = new List<string>();
        await foreach (var line in stream.ReadLinesAsync()) lines.Add(line.ToText());
        Assert.Equal(["a\n", "b\n", "c"], lines);
    }

    [Fact]
    public async Task Borrowed_lines_come_one_after_another_until_the_end()
    {
        await using var stream = Streams.With("a\nb\nc");
        var lines = new List<string>();
        await foreach (var line in stream.BorrowLinesAsync()) lines.Add(line.ToText());
        Assert.Equal(["a\n", "b\n", "c"], lines);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_loop_over_lines_ends_by_its_token_between_lines_that_are_there(bool borrowed)
    {
        await using var stream = Streams.With("a\nb\nc\n");
        using var source = new CancellationTokenSource();
        var lines = new List<string>();

        await CollectAsync().ThrowsCancelledAsync(source.Token);

        Assert.Equal(["a\n"], lines);
        Assert.Equal("b\n", (await stream.ReadLineAsync().Within()).ToText());

        async Task CollectAsync()
        {
            var all = borrowed ? stream.BorrowLinesAsync(source.Token) : Copied();
            await foreach (var line in all)
            {
                lines.Add(line.ToText());
                await source.CancelAsync();
            }
        }

        async IAsyncEnumerable<ReadOnlyMemory<byte>> Copied()
        {
            await foreach (var line in stream.ReadLinesAsync().WithCancellation(source.Token)) yield return line;
        }
    }
}
