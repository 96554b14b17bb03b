using System.Text;

namespace Kestrel.Streams.Tests;

public abstract partial class StreamConformance
{
    [Fact]
    public async Task It_reads_and_writes_but_does_not_seek()
    {
        await using Pair pair = await ConnectAsync().Within();
        ConnectionStream stream = pair.Stream;

        Assert.True(stream.CanRead);
        Assert.True(stream.CanWrite);
        Assert.False(stream.CanSeek);
        Assert.Throws<NotSupportedException>(() => stream.Length);
        Assert.Throws<NotSupportedException>(() => stream.Position);
        Assert.Throws<NotSupportedException>(() => stream.Position = 1);
        Assert.Throws<NotSupportedException>(() => stream.Seek(0, SeekOrigin.Begin));
        Assert.Throws<NotSupportedException>(() => stream.SetLength(1));
    }

    [Fact]
    public async Task Synchronous_reads_block_until_there_is_something()
    {
        await using Pair pair = await ConnectAsync().Within();
        var (stream, peer) = pair;
        var buffer = new byte[10];

        Task<int> reading = Task.Run(() => stream.Read(buffer, 2, 3));
        await Eventually.StaysPendingAsync(reading);
        await peer.SendAndFinAsync("hello, world").Within();
        int count = await reading.Within();

        Assert.InRange(count, 1, 3);
        Assert.Equal("hello"[..count], buffer[2..(2 + count)].Text());
        using var all = new MemoryStream();
        await Task.Run(ReadTheRest).Within();
        Assert.Equal("hello, world"[count..], all.ToArray().Text());

        void ReadTheRest()
        {
            while (stream.Read(buffer.AsSpan(0, 4)) is > 0 and int more)
                all.Write(buffer, 0, more);
            Assert.Equal(-1, stream.ReadByte());
            Assert.Equal(0, stream.Read(buffer, 0, 10));
        }
    }

    [Fact]
    public async Task Synchronous_writes_and_flushes_block_and_work()
    {
        byte[] data = Bytes.Known(Bytes.MoreThanFits);
        await using Pair pair = await ConnectAsync().Within();
        var (stream, peer) = pair;

        Task writing = Task.Run(WriteAll);
        await Eventually.StaysPendingAsync(writing);
        Bytes.AssertSame(data, await peer.ReceiveAsync(data.Length).Within());
        await writing.Within();

        void WriteAll()
        {
            stream.Write(data, 0, 1000);
            stream.WriteByte(data[1000]);
            stream.Write(data.AsSpan(1001));
            stream.Flush();
        }
    }

    [Fact]
    public async Task A_read_into_an_empty_buffer_waits_for_data_and_takes_none()
    {
        await using Pair pair = await ConnectAsync().Within();
        var (stream, peer) = pair;
        Task<int> reading = stream.ReadAsync(Memory<byte>.Empty).AsTask();
        await Eventually.StaysPendingAsync(reading);

        await peer.SendAsync("data\n").Within();

        Assert.Equal(0, await reading.Within());
        Assert.Equal(0, await stream.ReadAsync(Memory<byte>.Empty).Within());
        Assert.Equal(0, await Task.Run(() => stream.Read([], 0, 0)).Within());
        Assert.Equal("data\n", (await stream.ReadLineAsync().Within()).Text());

        reading = stream.ReadAsync(Memory<byte>.Empty).AsTask();
        await Eventually.StaysPendingAsync(reading);
        await peer.SendFinAsync().Within();
        Assert.Equal(0, await reading.Within());
        Assert.Equal(0, await stream.ReadAsync(Memory<byte>.Empty).Within());
    }

    [Fact]
    public async Task It_copies_to_another_stream_and_from_one()
    {
        byte[] data = Bytes.Known(300_000);
        await using Pair pair = await ConnectAsync(limit: 1000).Within();
        var (stream, peer) = pair;
        Task<byte[]> receiving = peer.ReceiveAsync(data.Length);
        using var from = new MemoryStream(data);
        await from.CopyToAsync(stream).Within();
        Bytes.AssertSame(data, await receiving.Within());

        await peer.SendAsync("head\n").Within();
        Assert.Equal("head\n", (await stream.ReadLineAsync().Within()).Text());
        using var to = new MemoryStream();
        Task copying = stream.CopyToAsync(to);
        await peer.SendAsync(data).Within();
        await peer.SendFinAsync().Within();
        await copying.Within();
        Bytes.AssertSame(data, to.ToArray());
    }

    [Fact]
    public async Task Exact_reads_into_memory_work()
    {
        await using Pair pair = await ConnectAsync().Within();
        var (stream, peer) = pair;
        var buffer = new byte[8];
        Task reading = stream.ReadExactlyAsync(buffer.AsMemory()).AsTask();
        await peer.SendAsync("1234").Within();
        await peer.SendAndFinAsync("5678abcdefg").Within();
        await reading.Within();
        Assert.Equal("12345678", buffer.Text());

        int count = await stream.ReadAtLeastAsync(buffer, 4).Within();
        Assert.InRange(count, 4, 7);
        Assert.Equal("abcdefg"[..count], buffer[..count].Text());
        await Assert.ThrowsAnyAsync<EndOfStreamException>(() => stream.ReadExactlyAsync(buffer.AsMemory()).Within());
        Assert.Equal(0, await stream.ReadAtLeastAsync(buffer, 4, throwOnEndOfStream: false).Within());
    }

    [Fact]
    public async Task The_asynchronous_programming_model_works()
    {
        await using Pair pair = await ConnectAsync().Within();
        var (stream, peer) = pair;
        var buffer = new byte[10];
        Task<int> reading = Task.Factory.FromAsync(stream.BeginRead(buffer, 0, 10, null, null), stream.EndRead);
        await peer.SendAsync("x").Within();
        Assert.Equal(1, await reading.Within());
        await Task.Factory.FromAsync(stream.BeginWrite(buffer, 0, 1, null, null), stream.EndWrite).Within();
        Assert.Equal("x", await peer.ReceiveTextAsync(1).Within());
    }

    [Fact]
    public async Task Text_readers_and_writers_work_on_top()
    {
        await using Pair pair = await ConnectAsync().Within();
        var (stream, peer) = pair;
        await using (var writer = new StreamWriter(stream, new UTF8Encoding(encoderShouldEmitUTF8Identifier: false), leaveOpen: true))
        {
            writer.NewLine = "\n";
            await writer.WriteLineAsync("first").Within();
            await writer.FlushAsync(CancellationToken.None).Within();
            writer.WriteLine("second");
        }

        Assert.Equal("first\nsecond\n", await peer.ReceiveTextAsync(13).Within());
        await peer.SendAndFinAsync("third\r\nfourth").Within();
        using var reader = new StreamReader(stream, leaveOpen: true);
        Assert.Equal("third", await reader.ReadLineAsync(CancellationToken.None).Within());
        Assert.Equal("fourth", await Task.Run(reader.ReadLine).Within());
        Assert.Null(await reader.ReadLineAsync(CancellationToken.None).Within());
    }
}
