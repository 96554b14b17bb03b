using System.Net.Sockets;

namespace Kestrel.Streams.Tests;

public sealed class SendFileTests(SendFileTests.Large large) : IClassFixture<SendFileTests.Large>
{
    private const int LargeSize = 50_000_000;

    private readonly SampleFile _large = large.File;

    public static TheoryData<string> Kinds => StreamPairs.Kinds;

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task A_large_file_reaches_a_slow_reader_whole(string kind)
    {
        var (stream, peer) = await StreamPairs.CreateAsync(kind);
        await using var closing = peer;
        await using var file = _large.Open();
        var sending = stream.SendFileAsync(file).AsTask();
        Assert.False(sending.IsCompleted);
        var at = 0;
        while (at < LargeSize)
        {
            var piece = await peer.ReadAsync(20_000).Within();
            Assert.True(_large.Content.AsSpan(at, piece.Length).SequenceEqual(piece));
            at += piece.Length;
            await Task.Yield();
        }

        await sending.Within();
        await stream.CloseAsync().Within();
        Assert.Empty(await peer.ReadAsync(1).Within());
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task Any_part_of_a_file_can_be_sent_between_other_writes(string kind)
    {
        const int Size = 300_000;
        using var sample = new SampleFile(Size);
        var (stream, peer) = await StreamPairs.CreateAsync(kind);
        await using var closing = peer;
        await using var file = sample.Open();
        (int Offset, int? Count)[] parts =
            [(0, null), (0, 0), (0, 1), (1, 1), (4095, 2), (0, 65_536), (65_535, 65_537), (299_999, null), (Size, null), (Size, 0), (7, Size - 7)];
        var expected = new MemoryStream();
        var writing = Task.Run(async () =>
        {
            foreach (var (offset, count) in parts)
            {
                stream.Write("before"u8);
                await stream.SendFileAsync(file, offset, count).Within();
                await stream.WriteAsync("behind"u8).Within();
            }

            await stream.CloseAsync().Within();
        });
        foreach (var (offset, count) in parts)
        {
            expected.Write("before"u8);
            expected.Write(sample.Content.AsSpan(offset, count ?? Size - offset));
            expected.Write("behind"u8);
        }

        Assert.Equal(expected.ToArray(), await peer.ReadToEndAsync().Within());
        await writing.Within();
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task Beside_other_writes_the_order_is_that_of_the_calls(string kind)
    {
        using var sample = new SampleFile(200_000);
        var (stream, peer) = await StreamPairs.CreateAsync(kind, new ConnectionStreamOptions { HighWaterMark = int.MaxValue });
        await using var closing = peer;
        await using var file = sample.Open();
        var expected = new MemoryStream();
        var writes = new List<Task>();
        for (var i = 0; i < 60; i++)
        {
            var size = i * 37 % 100 * 2000;
            expected.Write(sample.Content.AsSpan(i, size));
            if (i % 4 == 0) stream.Write(sample.Content.AsSpan(i, size));
            else if (i % 4 == 1) writes.Add(stream.WriteAsync(sample.Content.AsMemory(i, size)).AsTask());
            else writes.Add(stream.SendFileAsync(file, i, size).AsTask());
        }

        var reading = peer.ReadToEndAsync().AsTask();
        await Task.WhenAll(writes).Within();
        await stream.CloseAsync().Within();
        Assert.Equal(expected.ToArray(), await reading.Within());
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task Cancelled_it_has_sent_a_part_and_the_stream_stays_usable(string kind)
    {
        using var source = new CancellationTokenSource();
        var (stream, peer) = await StreamPairs.CreateAsync(kind);
        await using var closing = peer;
        var file = _large.Open();
        var sending = stream.SendFileAsync(file, cancellationToken: source.Token).AsTask();
        var next = stream.WriteAsync("next"u8).AsTask();
        Assert.False(sending.IsCompleted);
        await source.CancelAsync();
        await sending.ThrowsCancelledAsync(source.Token);
        AssertReleased(file);
        var reading = peer.ReadToEndAsync().AsTask();
        await next.Within();
        await stream.CloseAsync().Within();
        var received = await reading.Within();
        Assert.InRange(received.Length, 5, LargeSize - 1);
        Assert.Equal("next", received[^4..].ToText());
        Assert.True(_large.Content.AsSpan().StartsWith(received.AsSpan(0, received.Length - 4)));
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task Closed_while_it_waits_it_is_still_sent(string kind)
    {
        var (stream, peer) = await StreamPairs.CreateAsync(kind, new ConnectionStreamOptions { CloseTimeout = TimeSpan.FromMinutes(1) });
        await using var closing = peer;
        var file = _large.Open();
        var sending = stream.SendFileAsync(file).AsTask();
        var close = stream.CloseAsync().AsTask();
        await sending.ThrowsClosedAsync();
        var handle = file.SafeFileHandle;
        await file.DisposeAsync();
        AssertSame(_large.Content, await peer.ReadToEndAsync().Within());
        await close.Within();
        Assert.True(handle.IsClosed);
    }

    [Fact]
    public async Task Closed_while_the_peer_takes_nothing_it_is_aborted()
    {
        var (stream, peer) = await StreamPairs.CreateAsync("TCP", new ConnectionStreamOptions { CloseTimeout = TimeSpan.FromMilliseconds(100) });
        await using var closing = peer;
        var file = _large.Open();
        var sending = stream.SendFileAsync(file).AsTask();
        await stream.CloseAsync().Within();
        await sending.ThrowsClosedAsync();
        AssertReleased(file);
        await Assert.ThrowsAsync<IOException>(() => peer.ReadToEndAsync().Within());
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task Aborted_while_it_waits_it_ends_and_lets_go_of_the_file(string kind)
    {
        var (stream, peer) = await StreamPairs.CreateAsync(kind);
        await using var closing = peer;
        var file = _large.Open();
        var sending = stream.SendFileAsync(file).AsTask();
        Assert.False(sending.IsCompleted);
        await stream.AbortAsync().Within();
        await sending.ThrowsClosedAsync();
        AssertReleased(file);
    }

    [Theory]
    [InlineData("TCP")]
    [InlineData("Unix")]
    [InlineData("Stream")]
    public async Task A_peer_that_goes_is_an_error(string kind)
    {
        var (stream, peer) = await StreamPairs.CreateAsync(kind);
        await using var closing = stream;
        var closed = stream.Closed;
        var file = _large.Open();
        var sending = stream.SendFileAsync(file).AsTask();
        Assert.False(sending.IsCompleted);
        await peer.AbortAsync().Within();
        var fault = await Assert.ThrowsAsync<IOException>(() => sending.Within());
        Assert.IsType<SocketException>(fault.InnerException);
        AssertReleased(file);
        await closed.Fired().Within();
        await using var again = _large.Open();
        await Assert.ThrowsAsync<IOException>(() => stream.SendFileAsync(again).Within());
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task A_file_that_becomes_shorter_is_an_error_with_the_numbers_and_the_stream_stays_usable(string kind)
    {
        using var sample = new SampleFile(LargeSize);
        var (stream, peer) = await StreamPairs.CreateAsync(kind);
        await using var closing = peer;
        await using var file = sample.Open();
        var sending = stream.SendFileAsync(file).AsTask();
        Assert.False(sending.IsCompleted);
        sample.SetLength(100);
        var reading = peer.ReadToEndAsync().AsTask();
        var fault = await Assert.ThrowsAsync<IOException>(() => sending.Within());
        Assert.Contains($"before byte {LargeSize}", fault.Message, StringComparison.Ordinal);
        await stream.WriteAsync("next"u8).Within();
        await stream.CloseAsync().Within();
        var received = await reading.Within();
        Assert.Contains($"the {LargeSize - (received.Length - 4)} bytes from {received.Length - 4} on", fault.Message, StringComparison.Ordinal);
        Assert.Equal("next", received[^4..].ToText());
    }

    [Fact]
    public async Task A_file_that_becomes_shorter_after_the_close_aborts_the_connection()
    {
        using var sample = new SampleFile(LargeSize);
        var (stream, peer) = await StreamPairs.CreateAsync("TCP");
        await using var closing = peer;
        await using var file = sample.Open();
        var sending = stream.SendFileAsync(file).AsTask();
        var close = stream.CloseAsync().AsTask();
        await sending.ThrowsClosedAsync();
        sample.SetLength(100);
        await Assert.ThrowsAsync<IOException>(() => peer.ReadToEndAsync().Within());
        await close.Within();
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task The_file_may_be_disposed_once_the_call_has_returned(string kind)
    {
        var (stream, peer) = await StreamPairs.CreateAsync(kind);
        await using var closing = peer;
        var file = _large.Open();
        var handle = file.SafeFileHandle;
        var sending = stream.SendFileAsync(file).AsTask();
        await file.DisposeAsync();
        Assert.False(sending.IsCompleted);
        Assert.False(handle.IsClosed);
        // It would take the number of the descriptor if that were free.
        using var other = new SampleFile("another"u8.ToArray());
        await using var open = other.Open();
        AssertSame(_large.Content, await peer.ReadExactlyAsync(LargeSize).Within());
        await sending.Within();
        Assert.True(handle.IsClosed);
        await stream.CloseAsync().Within();
    }

    [Fact]
    public async Task The_position_is_not_used_and_not_moved_and_the_write_buffer_is_written_first()
    {
        using var sample = new SampleFile(0);
        var (stream, peer) = ConnectionStream.CreatePair();
        await using var closing = peer;
        await using var file = new FileStream(sample.Path, FileMode.Open, FileAccess.ReadWrite);
        file.Write("0123456789"u8);
        file.Position = 4;
        file.Write("x"u8);
        await stream.SendFileAsync(file, 3, 4).Within();
        Assert.Equal(5, file.Position);
        Assert.Equal('5', file.ReadByte());
        Assert.Equal("3x56", (await peer.ReadExactlyAsync(4).Within()).ToText());
        await stream.CloseAsync().Within();
    }

    [Theory]
    [InlineData("TCP")]
    [InlineData("Unix")]
    public async Task On_a_socket_the_kernel_sends_it(string kind)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "The kernel sends files on Linux.");
        var (client, server) = kind == "TCP" ? await Streams.TcpPairAsync() : await StreamPairs.UnixPairAsync();
        var transport = new FileCountingTransport(StreamTransport.FromSocket(server));
        var stream = Streams.Over(transport);
        await using var peer = Streams.Over(StreamTransport.FromSocket(client));
        await using var file = _large.Open();
        var sending = stream.SendFileAsync(file).AsTask();
        AssertSame(_large.Content, await peer.ReadExactlyAsync(LargeSize).Within());
        await sending.Within();
        Assert.Equal(LargeSize, transport.InKernel + transport.Copied);
        // What is copied is the piece with which the stream waits for room.
        Assert.InRange(transport.InKernel, LargeSize / 2, LargeSize);
        await stream.CloseAsync().Within();
    }

    /// <summary>As Assert.Equal, which takes seconds for so many.</summary>
    private static void AssertSame(byte[] expected, byte[] actual)
    {
        Assert.Equal(expected.Length, actual.Length);
        Assert.True(expected.AsSpan().SequenceEqual(actual));
    }

    private static void AssertReleased(FileStream file)
    {
        var handle = file.SafeFileHandle;
        file.Dispose();
        Assert.True(handle.IsClosed, "Somebody still holds the handle of the file.");
    }

    public sealed class Large : IDisposable
    {
        internal SampleFile File { get; } = new(LargeSize);

        public void Dispose() => File.Dispose();
    }

    [Fact]
    public async Task A_count_beyond_the_end_is_refused_with_what_there_is()
    {
        using var sample = new SampleFile(100);
        await using var file = sample.Open();
        await using var stream = Streams.Over(new ScriptedTransport());
        var refused = await Assert.ThrowsAsync<ArgumentOutOfRangeException>(() => stream.SendFileAsync(file, 40, 61).Within());
        Assert.Contains("has 60 bytes from offset 40 on", refused.Message, StringComparison.Ordinal);
    }
}
