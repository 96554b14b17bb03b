using System.Buffers.Binary;

namespace Kestrel.Streams.Tests;

public abstract partial class StreamConformance
{
    public static TheoryData<string> WaitingReads => new(Reads.WholeLine.Keys);

    [Fact]
    public async Task A_second_read_of_any_kind_is_refused_at_once()
    {
        await using Pair pair = await ConnectAsync().Within();
        var (stream, peer) = pair;
        Task<byte[]> first = stream.ReadLineAsync().AsTask();

        List<string?> complaints = [];
        foreach (var (name, read) in Reads.All)
            complaints.Add(await WhyNotAsync<InvalidOperationException>(name, () => read(stream, CancellationToken.None)));
        foreach (var (name, read) in Reads.Blocking)
            complaints.Add(await WhyNotAsync<InvalidOperationException>(name, () => Task.Run(() => read(stream))));
        AssertNone(complaints);

        Assert.False(first.IsCompleted);
        await peer.SendAsync("mine\nnext\n").Within();
        Assert.Equal("mine\n", (await first.Within()).Text());
        Assert.Equal("next\n", (await stream.ReadLineAsync().Within()).Text());
    }

    [Theory]
    [MemberData(nameof(WaitingReads))]
    public async Task The_first_read_of_any_kind_is_untouched_by_a_second(string member)
    {
        await using Pair pair = await ConnectAsync().Within();
        var (stream, peer) = pair;
        Task<byte[]> first = Reads.All[member](stream, CancellationToken.None);
        await peer.SendAsync("par").Within();

        Exception? refused = await Record.ExceptionAsync(() => stream.ReadLineAsync().Within());

        Assert.IsType<InvalidOperationException>(refused);
        Assert.False(first.IsCompleted);
        await peer.SendAndFinAsync("tial\n").Within();
        Assert.Equal(Reads.Line, (await first.Within()).Text());
    }

    [Fact]
    public async Task Reading_and_writing_go_on_beside_each_other()
    {
        byte[] data = Bytes.Known(4 << 20);
        await using Pair pair = await ConnectAsync(limit: 1000).Within();
        var (stream, peer) = pair;
        Task sending = peer.SendAsync(data);
        Task<byte[]> receiving = peer.ReceiveAsync(data.Length);
        Task<byte[]> reading = stream.ReadExactlyAsync(data.Length).AsTask();
        Task writing = stream.WriteAsync(data).AsTask();

        await Task.WhenAll(sending, receiving, reading, writing).Within();

        Bytes.AssertSame(data, await reading.Within());
        Bytes.AssertSame(data, await receiving.Within());
    }

    [Fact]
    public async Task Small_reads_beside_reading_ahead_see_every_byte()
    {
        byte[] data = Bytes.KnownLines(30_000);
        await using Pair pair = await ConnectAsync(limit: 200).Within();
        var (stream, peer) = pair;
        Task closed = Eventually.FiredAsync(stream.Closed);
        Task sending = Task.Run(SendAllAsync);

        using var all = new MemoryStream();
        await Task.Run(ReadAllAsync).Within();

        await sending.Within();
        Bytes.AssertSame(data, all.ToArray());
        Assert.False(closed.IsCompleted);

        async Task SendAllAsync()
        {
            for (int at = 0, size; at < data.Length; at += size)
            {
                size = Math.Min((at % 7) + 1, data.Length - at);
                await peer.SendAsync(data.AsMemory(at, size));
            }
        }

        async Task ReadAllAsync()
        {
            while (all.Length < data.Length)
            {
                all.Write(await stream.ReadAsync(3));
                if (all.Length + 1 < data.Length)
                    all.Write((await stream.BorrowExactlyAsync(1)).Span);
                Assert.False(stream.AtEof);
            }
        }
    }

    [Fact]
    public async Task The_bytes_of_each_of_many_writers_stay_together_and_in_order()
    {
        const int Writers = 8;
        const int Messages = 40;
        await using Pair pair = await ConnectAsync().Within();
        var (stream, peer) = pair;
        Task[] writers = [.. Enumerable.Range(0, Writers).Select(writer => Task.Run(() => WriteAllAsync(writer)))];
        var next = new int[Writers];

        for (int i = 0; i < Writers * Messages; i++)
        {
            byte[] head = await peer.ReceiveAsync(12).Within();
            int writer = BinaryPrimitives.ReadInt32LittleEndian(head);
            Assert.Equal(next[writer]++, BinaryPrimitives.ReadInt32LittleEndian(head.AsSpan(4)));
            byte[] body = await peer.ReceiveAsync(BinaryPrimitives.ReadInt32LittleEndian(head.AsSpan(8))).Within();
            Assert.False(body.AsSpan().ContainsAnyExcept((byte)('a' + writer)));
        }

        await Task.WhenAll(writers).Within();

        async Task WriteAllAsync(int writer)
        {
            for (int number = 0; number < Messages; number++)
            {
                byte[] message = Message(writer, number);
                switch (number % 4)
                {
                    case 0: await stream.WriteAsync(message); break;
                    case 1: await stream.WriteAsync(message.AsSpan()); break;
                    case 2: stream.Write(message); break;
                    default: await stream.WriteLinesAsync([message[..12], message[12..]]); break;
                }
            }
        }

        static byte[] Message(int writer, int number)
        {
            var message = new byte[12 + (number * 397 % 9000)];
            message.AsSpan(12).Fill((byte)('a' + writer));
            BinaryPrimitives.WriteInt32LittleEndian(message, writer);
            BinaryPrimitives.WriteInt32LittleEndian(message.AsSpan(4), number);
            BinaryPrimitives.WriteInt32LittleEndian(message.AsSpan(8), message.Length - 12);
            return message;
        }
    }
}
