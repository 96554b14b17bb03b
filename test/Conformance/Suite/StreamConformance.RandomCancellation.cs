namespace Kestrel.Streams.Tests;

public abstract partial class StreamConformance
{
    [Theory]
    [InlineData("nothing else")]
    [InlineData("reading ahead")]
    [InlineData("looking for the end")]
    public async Task Random_cancellation_under_load_loses_no_byte(string beside)
    {
        int seed = Random.Shared.Next();
        TestContext.Current.SendDiagnosticMessage("Seed of {0}: {1}", nameof(Random_cancellation_under_load_loses_no_byte), seed);
        var random = new Random(seed);
        byte[] data = Bytes.KnownLines(400_000);
        await using Pair pair = await ConnectAsync(limit: 1000).Within();
        var (stream, peer) = pair;
        using var all = new MemoryStream();
        int cancelled = 0;
        int sent = 0;
        using var done = new CancellationTokenSource();
        Task closed = beside == "reading ahead" ? Eventually.FiredAsync(stream.Closed) : Task.CompletedTask;
        Task looking = beside == "looking for the end" ? LookAsync() : Task.CompletedTask;
        Task sending = SendAsync(new Random(seed + 1));

        try
        {
            while (!stream.AtEof)
                await ReadSomeAsync().Within();
            await sending.Within();
            await done.CancelAsync();
            await looking.Within();
            Bytes.AssertSame(data, all.ToArray());
            Assert.True(cancelled > 0, "No read was ever cancelled.");
        }
        catch (Exception wrong)
        {
            throw new InvalidOperationException($"With seed {seed}, {all.Length} bytes read, {cancelled} reads cancelled.", wrong);
        }

        Assert.Equal(beside != "reading ahead", closed.IsCompleted);

        async Task LookAsync()
        {
            while (!done.IsCancellationRequested)
            {
                Assert.False(stream.AtEof && sent < data.Length);
                await Task.Yield();
            }
        }

        async Task SendAsync(Random cuts)
        {
            for (int at = 0, size; at < data.Length; at += size)
            {
                size = Math.Min(cuts.Next(1, 3000), data.Length - at);
                await peer.SendAsync(data.AsMemory(at, size));
                sent += size;
                // Now and then a read is left without data until one has been cancelled.
                int seen = cuts.Next(8) == 0 ? cancelled : -1;
                while (cancelled == seen)
                    await Task.Yield();
            }

            await peer.SendFinAsync();
        }

        async Task ReadSomeAsync()
        {
            using var cancel = new CancellationTokenSource();
            Task<ReadOnlyMemory<byte>> reading = StartRead(stream, random, cancel.Token);
            for (int turn = random.Next(4); turn > 0 && !reading.IsCompleted; turn--)
                await Task.Yield();
            await cancel.CancelAsync();
            try
            {
                all.Write((await reading).Span);
            }
            catch (IncompleteReadException cut)
            {
                all.Write(cut.Partial);
            }
            catch (OperationCanceledException)
            {
                cancelled++;
            }
        }
    }

    [Fact]
    public async Task Randomly_cancelled_writes_leave_the_others_whole_and_in_order()
    {
        int seed = Random.Shared.Next();
        var random = new Random(seed);
        byte[] data = [.. Bytes.Known(500_000).Where(b => b != '.')];
        byte[] dots = [.. Enumerable.Repeat((byte)'.', 100_000)];
        await using Pair pair = await ConnectAsync().Within();
        var (stream, peer) = pair;
        Task<byte[]> receiving = peer.ReceiveToEndAsync();
        List<Task> doomed = [];
        List<Task> whole = [];

        for (int at = 0, size; at < data.Length; at += size)
        {
            size = Math.Min(random.Next(1, 20_000), data.Length - at);
            using var cancel = new CancellationTokenSource();
            doomed.Add(stream.WriteAsync(dots.AsMemory(0, random.Next(1, dots.Length)), cancel.Token).AsTask());
            whole.Add(stream.WriteAsync(data.AsMemory(at, size)).AsTask());
            doomed.Add(stream.WriteAsync(dots.AsSpan(0, random.Next(1, 5000)), cancel.Token).AsTask());
            for (int turn = random.Next(4); turn > 0; turn--)
                await Task.Yield();
            await cancel.CancelAsync();
        }

        await Task.WhenAll(whole).Within(what: $"the writes of seed {seed}");
        foreach (Task one in doomed)
            Assert.True(await Record.ExceptionAsync(() => one.Within()) is null or OperationCanceledException);
        await stream.CloseAsync().Within();

        Bytes.AssertSame(data, (await receiving.Within()).Where(b => b != '.').ToArray());
    }

    private static async Task<ReadOnlyMemory<byte>> StartRead(ConnectionStream stream, Random random, CancellationToken cancellationToken)
    {
        int count = random.Next(random.Next(6) == 0 ? 100_000 : 3000) + 1;
        return random.Next(9) switch
        {
            0 => await stream.ReadAsync(count, cancellationToken),
            1 => await stream.ReadLineAsync(cancellationToken),
            2 => await stream.ReadExactlyAsync(count, cancellationToken),
            3 => await stream.ReadUntilAsync((byte)'\n', cancellationToken),
            4 => await stream.BorrowAsync(cancellationToken),
            5 => await stream.BorrowLineAsync(cancellationToken),
            6 => new byte[await stream.ReadAsync(Memory<byte>.Empty, cancellationToken)],
            7 => await stream.BorrowExactlyAsync(count, cancellationToken),
            _ => await stream.ReadUntilAnyAsync(["\n".Ascii(), "\r\n".Ascii()], cancellationToken),
        };
    }
}
