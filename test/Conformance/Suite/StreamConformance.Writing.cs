using System.Text;

namespace Kestrel.Streams.Tests;

public abstract partial class StreamConformance
{
    public static TheoryData<string> AsyncWrites => new(Writes.All.Keys);

    public static TheoryData<string> BlockingWrites => new(Writes.Blocking.Keys);

    [Theory]
    [MemberData(nameof(AsyncWrites))]
    public async Task An_awaited_write_has_left(string member)
    {
        await using Pair pair = await ConnectAsync().Within();
        var (stream, peer) = pair;

        await Writes.All[member](stream, TestContext.Current.CancellationToken).Within();
        Assert.Equal(Writes.Line, await peer.ReceiveTextAsync(Writes.Line.Length).Within());
        await Writes.All[member](stream, CancellationToken.None).Within();
        Assert.Equal(Writes.Line, await peer.ReceiveTextAsync(Writes.Line.Length).Within());
    }

    [Theory]
    [MemberData(nameof(BlockingWrites))]
    public async Task A_buffered_write_leaves_without_another_call(string member)
    {
        await using Pair pair = await ConnectAsync().Within();
        var (stream, peer) = pair;

        for (int again = 0; again < 3; again++)
        {
            await Task.Run(() => Writes.Blocking[member](stream)).Within();
            Assert.Equal(Writes.Line, await peer.ReceiveTextAsync(Writes.Line.Length).Within());
        }
    }

    [Fact]
    public async Task A_read_that_waits_sends_what_was_written_first()
    {
        await using Pair pair = await ConnectAsync().Within();
        var (stream, peer) = pair;
        Task answering = AnswerAsync();

        stream.Write("ques"u8);
        stream.Write("tion\n"u8);
        Assert.Equal("answer\n", (await stream.ReadLineAsync().Within()).Text());
        await answering.Within();

        async Task AnswerAsync()
        {
            Assert.Equal("question\n", await peer.ReceiveTextAsync(9));
            await peer.SendAsync("answer\n");
        }
    }

    [Fact]
    public async Task All_kinds_of_writes_arrive_in_the_order_of_the_calls()
    {
        await using Pair pair = await ConnectAsync().Within();
        var (stream, peer) = pair;
        Task<string> receiving = peer.ReceiveTextAsync(30);

        stream.Write("abc"u8);
        Task first = stream.WriteAsync("def"u8).AsTask();
        stream.WriteLines(["g".Ascii(), "hi".Ascii()]);
        Task second = stream.WriteAsync("jkl".Ascii()).AsTask();
        stream.WriteByte((byte)'m');
        Task third = stream.WriteAsync("no").AsTask();
        Task fourth = stream.WriteLinesAsync([new ReadOnlyMemory<byte>("pq".Ascii()), "r".Ascii().AsMemory()]).AsTask();
        stream.Write("stu"u8);
        Task fifth = stream.WriteAsync("vwx".Ascii().AsMemory()).AsTask();
        Task sixth = stream.WriteAsync("ÿz", Encoding.Latin1).AsTask();
        stream.Write("1234"u8);
        await Task.WhenAll(first, second, third, fourth, fifth, sixth).Within();

        Assert.Equal("abcdefghijklmnopqrstuvwxÿz1234", await receiving.Within());
    }

    [Fact]
    public async Task Buffered_and_span_writes_copy_before_they_return()
    {
        await using Pair pair = await ConnectAsync().Within();
        var (stream, peer) = pair;
        Task clog = stream.WriteAsync(new byte[Bytes.MoreThanFits]).AsTask();
        byte[] data = "span|".Ascii();
        Task spanned = stream.WriteAsync(data.AsSpan()).AsTask();
        data.AsSpan().Fill((byte)'!');
        Assert.False(clog.IsCompleted);

        await peer.ReceiveAsync(Bytes.MoreThanFits).Within();
        Assert.Equal("span|", await peer.ReceiveTextAsync(5).Within());
        await Task.WhenAll(clog, spanned).Within();

        data = "buffered|".Ascii();
        stream.Write(data);
        data.AsSpan().Fill((byte)'!');
        data = "lines|".Ascii();
        stream.WriteLines([data]);
        data.AsSpan().Fill((byte)'!');
        Assert.Equal("buffered|lines|", await peer.ReceiveTextAsync(15).Within());
    }

    [Fact]
    public async Task Text_is_UTF_8_unless_said()
    {
        await using Pair pair = await ConnectAsync().Within();
        var (stream, peer) = pair;
        string text = "Grüße 世界 🌍 " + new string('ä', 100_000);
        byte[] expected = [.. Encoding.UTF8.GetBytes(text), .. Encoding.Unicode.GetBytes(text)];
        Task<byte[]> receiving = peer.ReceiveAsync(expected.Length);

        await stream.WriteAsync(text).Within();
        await stream.WriteAsync(text, Encoding.Unicode).Within();

        Bytes.AssertSame(expected, await receiving.Within());
    }

    [Fact]
    public async Task Nothing_written_is_nothing_sent()
    {
        await using Pair pair = await ConnectAsync().Within();
        var (stream, peer) = pair;

        stream.Write([]);
        await stream.WriteAsync(Array.Empty<byte>()).Within();
        await stream.WriteAsync(ReadOnlyMemory<byte>.Empty).Within();
        await stream.WriteAsync("").Within();
        stream.WriteLines(Array.Empty<byte[]>());
        await stream.WriteLinesAsync([Array.Empty<byte>()]).Within();
        await stream.WriteAsync("x").Within();

        Assert.Equal("x", await peer.ReceiveTextAsync(1).Within());
    }

    [Fact]
    public async Task WriteAsync_waits_until_the_bytes_are_below()
    {
        byte[] data = Bytes.Known(Bytes.MoreThanFits);
        await using Pair pair = await ConnectAsync().Within();
        var (stream, peer) = pair;

        Task writing = stream.WriteAsync(data).AsTask();
        await Eventually.StaysPendingAsync(writing);

        Bytes.AssertSame(data, await peer.ReceiveAsync(data.Length).Within());
        await writing.Within();
    }

    [Fact]
    public async Task Write_waits_for_room_while_the_peer_does_not_read()
    {
        byte[] data = Bytes.Known(Bytes.MoreThanFits);
        int written = 0;
        await using Pair pair = await ConnectAsync().Within();
        var (stream, peer) = pair;

        Task writing = Task.Factory.StartNew(
            WriteAll, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
        Bytes.AssertSame(data.AsMemory(0, 1000), await peer.ReceiveAsync(1000).Within());
        await Eventually.StaysPendingAsync(writing);
        byte[] rest = await peer.ReceiveAsync(data.Length - 1000).Within();
        await writing.Within();

        Bytes.AssertSame(data.AsMemory(1000), rest);
        Assert.Equal(data.Length, written);

        void WriteAll()
        {
            for (; written < data.Length; written += 4096)
                stream.Write(data.AsSpan(written, 4096));
        }
    }

    [Fact]
    public async Task Many_writes_without_waiting_arrive_in_order()
    {
        byte[] data = Bytes.Known(1 << 20);
        await using Pair pair = await ConnectAsync().Within();
        var (stream, peer) = pair;
        Task<byte[]> receiving = peer.ReceiveAsync(data.Length);

        List<Task> writes = [];
        for (int at = 0, size; at < data.Length; at += size)
        {
            size = Math.Min((at % 13_007) + 1, data.Length - at);
            ValueTask write = (at % 3) switch
            {
                0 => stream.WriteAsync(data.AsMemory(at, size)),
                1 => stream.WriteAsync(data.AsSpan(at, size)),
                _ => stream.WriteLinesAsync([data.AsMemory(at, size / 2), data.AsMemory(at + (size / 2), size - (size / 2))]),
            };
            writes.Add(write.AsTask());
        }

        Bytes.AssertSame(data, await receiving.Within());
        await Task.WhenAll(writes).Within();
    }
}
