using System.IO.Pipelines;

namespace Kestrel.Streams.Tests;

public class PipeReceiveTests
{
    [Fact]
    public async Task What_a_receive_into_nothing_has_found_is_not_read_again()
    {
        var pipe = new Pipe();
        var reader = new CountingReader(pipe.Reader);
        await using var transport = StreamTransport.FromPipe(new DuplexPipes(reader, new Pipe().Writer));
        var buffer = new byte[3];
        for (var i = 1; i <= 3; i++)
        {
            var waiting = transport.ReceiveAsync(default, CancellationToken.None).AsTask();
            await pipe.Writer.WriteAsync("abc"u8.ToArray()).Within();
            Assert.Equal(0, await waiting.Within());
            Assert.Equal(0, await transport.ReceiveAsync(default, CancellationToken.None).Within());
            Assert.Equal(3, await transport.ReceiveAsync(buffer, CancellationToken.None).Within());
            Assert.Equal("abc", buffer.ToText());
            Assert.Equal(i, reader.Reads);
        }
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task What_was_found_and_not_taken_does_not_hold_up_the_end(bool abort)
    {
        var (client, server) = DuplexPipes.CreatePair();
        var transport = StreamTransport.FromPipe(client);
        await server.Output.WriteAsync("abc"u8.ToArray()).Within();
        Assert.Equal(0, await transport.ReceiveAsync(default, CancellationToken.None).Within());
        if (abort) transport.Abort(null);
        await transport.DisposeAsync().Within();
        if (abort) await Assert.ThrowsAsync<OperationCanceledException>(() => server.Output.FlushAsync().Within());
        else Assert.True((await server.Output.FlushAsync().Within()).IsCompleted);
        await Assert.ThrowsAsync<ObjectDisposedException>(() => transport.ReceiveAsync(new byte[3], CancellationToken.None).Within());
    }

    [Fact]
    public async Task Bytes_in_many_segments_come_whole_and_in_their_order()
    {
        var pipe = new Pipe(new PipeOptions(minimumSegmentSize: 16, pauseWriterThreshold: 0));
        await using var transport = StreamTransport.FromPipe(new DuplexPipes(pipe.Reader, new Pipe().Writer));
        var data = Samples.Sequence(100_000);
        foreach (var piece in data.Chunk(1000)) await pipe.Writer.WriteAsync(piece).Within();
        await pipe.Writer.CompleteAsync();
        var received = new List<byte>();
        var buffer = new byte[7777];
        while (await transport.ReceiveAsync(buffer, CancellationToken.None).Within() is > 0 and var count) received.AddRange(buffer[..count]);
        Assert.Equal(data, received);
    }

    [Fact]
    public async Task A_reader_over_a_stream_shows_its_end()
    {
        var reader = PipeReader.Create(new MemoryStream("one\ntwo"u8.ToArray()));
        await using var stream = Streams.Over(StreamTransport.FromPipe(new DuplexPipes(reader, new Pipe().Writer)));
        Assert.Equal("one\n", (await stream.ReadLineAsync().Within()).ToText());
        Assert.Equal("two", (await stream.ReadLineAsync().Within()).ToText());
        Assert.Empty(await stream.ReadLineAsync().Within());
    }

    [Fact]
    public async Task Pipes_that_run_their_reader_within_a_flush_may_be_at_both_ends()
    {
        var options = new PipeOptions(readerScheduler: PipeScheduler.Inline, writerScheduler: PipeScheduler.Inline, useSynchronizationContext: false);
        Pipe there = new(options), back = new(options);
        await using var one = Streams.Over(StreamTransport.FromPipe(new DuplexPipes(back.Reader, there.Writer)));
        await using var other = Streams.Over(StreamTransport.FromPipe(new DuplexPipes(there.Reader, back.Writer)));
        var answering = TalkAsync(other);
        one.Write("line\n"u8);
        await TalkAsync(one).Within();
        await other.CloseAsync().Within();
        await answering.Within();

        static async Task TalkAsync(ConnectionStream stream)
        {
            for (var i = 0; i < 1000; i++)
            {
                var line = await stream.ReadLineAsync().ConfigureAwait(false);
                if (stream.IsClosing) return;
                stream.Write(line);
            }
        }
    }

    private sealed class CountingReader(PipeReader reader) : PipeReader
    {
        public int Reads { get; private set; }

        public override ValueTask<ReadResult> ReadAsync(CancellationToken cancellationToken = default)
        {
            Reads++;
            return reader.ReadAsync(cancellationToken);
        }

        public override bool TryRead(out ReadResult result) => reader.TryRead(out result);

        public override void AdvanceTo(SequencePosition consumed) => reader.AdvanceTo(consumed);

        public override void AdvanceTo(SequencePosition consumed, SequencePosition examined) => reader.AdvanceTo(consumed, examined);

        public override void CancelPendingRead() => reader.CancelPendingRead();

        public override void Complete(Exception? exception = null) => reader.Complete(exception);
    }
}
