using System.IO.Pipes;

namespace Kestrel.Streams.Tests;

/// <summary>What streams say that go one way only, each over one end of an OS pipe.</summary>
public sealed class OneWayStreamTests
{
    [Fact]
    public async Task A_read_only_stream_reads_to_the_end_of_the_pipe()
    {
        await using var below = new AnonymousPipeServerStream(PipeDirection.In);
        var far = new AnonymousPipeClientStream(PipeDirection.Out, below.ClientSafePipeHandle);
        await using ConnectionStream stream = ConnectionStream.Create(StreamTransport.FromStream(below));
        far.Write("one\ntwo"u8);
        await far.DisposeAsync();

        Assert.Equal(StreamMode.Read, stream.Mode);
        Assert.True(stream.CanRead);
        Assert.False(stream.CanWrite);
        Assert.False(stream.CanWriteEof);
        Assert.Equal("one\n", (await stream.ReadLineAsync().Within()).Text());
        Assert.Equal("two", (await stream.ReadLineAsync().Within()).Text());
        Assert.Empty(await stream.ReadLineAsync().Within());
        await stream.CloseAsync().Within();
        await stream.WaitClosedAsync().Within();
    }

    [Fact]
    public async Task Every_write_to_a_read_only_stream_says_so()
    {
        await using var below = new AnonymousPipeServerStream(PipeDirection.In);
        await using var far = new AnonymousPipeClientStream(PipeDirection.Out, below.ClientSafePipeHandle);
        await using ConnectionStream stream = ConnectionStream.Create(StreamTransport.FromStream(below));

        List<string?> complaints = [];
        foreach (var (name, write) in Writes.All)
            complaints.Add(await WhyNotAsync("The stream is read-only.", name, () => write(stream, CancellationToken.None)));
        foreach (var (name, write) in Writes.Blocking)
            complaints.Add(await WhyNotAsync("The stream is read-only.", name, () => Task.Run(() => write(stream))));
        complaints.Add(await WhyNotAsync("The stream is read-only.", "WriteEofAsync", () => stream.WriteEofAsync().AsTask()));
        AssertNone(complaints);
    }

    [Fact]
    public async Task A_write_only_stream_writes_and_its_close_ends_the_pipe()
    {
        await using var below = new AnonymousPipeServerStream(PipeDirection.Out);
        await using var far = new AnonymousPipeClientStream(PipeDirection.In, below.ClientSafePipeHandle);
        await using ConnectionStream stream = ConnectionStream.Create(StreamTransport.FromStream(below));

        Assert.Equal(StreamMode.Write, stream.Mode);
        Assert.False(stream.CanRead);
        Assert.True(stream.CanWrite);
        stream.Write("one\n"u8);
        await stream.WriteAsync("two\n").Within();
        await stream.DrainAsync().Within();
        await stream.CloseAsync().Within();

        using var all = new MemoryStream();
        await far.CopyToAsync(all).Within();
        Assert.Equal("one\ntwo\n", all.ToArray().Text());
    }

    [Fact]
    public async Task Every_read_from_a_write_only_stream_says_so()
    {
        await using var below = new AnonymousPipeServerStream(PipeDirection.Out);
        await using var far = new AnonymousPipeClientStream(PipeDirection.In, below.ClientSafePipeHandle);
        await using ConnectionStream stream = ConnectionStream.Create(StreamTransport.FromStream(below));

        List<string?> complaints = [];
        // CopyToAsync has its own words for it, those of System.IO.Stream.
        foreach (var (name, read) in Reads.All.Where(read => read.Key != "Stream.CopyToAsync"))
            complaints.Add(await WhyNotAsync("The stream is write-only.", name, () => read(stream, CancellationToken.None)));
        foreach (var (name, read) in Reads.Blocking)
            complaints.Add(await WhyNotAsync("The stream is write-only.", name, () => Task.Run(() => read(stream))));
        complaints.Add(await WhyNotAsync(
            "The stream is write-only.", "TryBorrowLine", () => Task.Run(() => stream.TryBorrowLine(out _))));
        AssertNone(complaints);
        await Assert.ThrowsAsync<NotSupportedException>(() => stream.CopyToAsync(System.IO.Stream.Null).Within());
    }

    [Fact]
    public async Task A_writer_sees_that_the_reader_of_the_pipe_is_gone()
    {
        await using var below = new AnonymousPipeServerStream(PipeDirection.Out);
        var far = new AnonymousPipeClientStream(PipeDirection.In, below.ClientSafePipeHandle);
        await using ConnectionStream stream = ConnectionStream.Create(StreamTransport.FromStream(below));
        below.DisposeLocalCopyOfClientHandle();
        await far.DisposeAsync();

        await Assert.ThrowsAnyAsync<IOException>(() => WriteManyAsync().Within());

        async Task WriteManyAsync()
        {
            for (int writes = 0; writes < 1000; writes++)
                await stream.WriteAsync("hello\n");
        }
    }

    private static async Task<string?> WhyNotAsync(string message, string member, Func<Task> call)
    {
        Exception? thrown = await Record.ExceptionAsync(() => call().Within(what: member));
        return thrown is NotSupportedException refused && refused.Message == message ? null : $"{member}: {thrown}";
    }

    private static void AssertNone(IEnumerable<string?> complaints) =>
        Assert.Equal("", string.Join(Environment.NewLine, complaints.Where(complaint => complaint is not null)));
}
