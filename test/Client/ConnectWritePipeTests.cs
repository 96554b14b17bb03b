using System.Net.Sockets;
using System.Runtime.InteropServices;
using System.Text;
using Microsoft.Win32.SafeHandles;

namespace Kestrel.Streams.Tests;

[Collection(Descriptors.TakeTurns)]
public sealed class ConnectWritePipeTests
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task What_is_written_arrives_and_the_close_is_its_end(bool asStream)
    {
        using var pipe = new OsPipe();
        var handle = pipe.WritingHandle;
        var stream = await (asStream
            ? StreamClient.ConnectWritePipeAsync(pipe.Writing)
            : StreamClient.ConnectWritePipeAsync(handle));
        Assert.Equal(StreamMode.Write, stream.Mode);
        Assert.Same(asStream ? pipe.Writing : handle, stream.GetExtraInfo("pipe"));

        stream.Write("one\n"u8);
        await stream.WriteAsync("two\n").Within();
        await stream.DrainAsync().Within();
        stream.Write("three"u8);
        await stream.CloseAsync().Within();

        Assert.True(handle.IsClosed);
        Assert.Equal("one\ntwo\nthree", Encoding.ASCII.GetString(await ReadToEndAsync(pipe.Reading)));
        await stream.WaitClosedAsync().Within();
    }

    [Fact]
    public async Task The_end_of_the_output_closes_the_pipe()
    {
        using var pipe = new OsPipe();
        var handle = pipe.WritingHandle;
        await using var stream = await StreamClient.ConnectWritePipeAsync(handle);
        var gone = Gone(stream);
        stream.Write("all"u8);
        Assert.True(stream.CanWriteEof);

        await stream.WriteEofAsync().Within();

        Assert.True(handle.IsClosed);
        Assert.Equal("all"u8.ToArray(), await ReadToEndAsync(pipe.Reading));
        await gone.Within();
        await stream.WriteEofAsync().Within();
        await Assert.ThrowsAsync<InvalidOperationException>(() => stream.WriteAsync("x"u8).Within());
        await stream.CloseAsync().Within();
    }

    [Fact]
    public async Task A_full_pipe_holds_the_writer_back()
    {
        using var pipe = new OsPipe();
        await using var stream = await StreamClient.ConnectWritePipeAsync(pipe.WritingHandle);
        var data = OsPipe.MoreThanFits();

        var writing = stream.WriteAsync(data).AsTask();
        var draining = stream.DrainAsync().AsTask();
        var reading = new byte[data.Length];
        pipe.Reading.ReadExactly(reading.AsSpan(0, 1000));
        Assert.False(writing.IsCompleted);
        Assert.False(draining.IsCompleted);

        await Task.Run(() => pipe.Reading.ReadExactly(reading.AsSpan(1000))).Within();
        await writing.Within();
        await draining.Within();
        Assert.Equal(data, reading);
    }

    [Fact]
    public async Task A_cancelled_write_leaves_the_stream_usable()
    {
        using var pipe = new OsPipe();
        await using var stream = await StreamClient.ConnectWritePipeAsync(pipe.WritingHandle);
        using var patience = new CancellationTokenSource();
        var writing = stream.WriteAsync(new byte[4 << 20], patience.Token).AsTask();
        Assert.False(writing.IsCompleted);

        await patience.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => writing.Within());
        var reading = ReadToEndAsync(pipe.Reading);
        await stream.WriteAsync("more"u8).Within();
        await stream.CloseAsync().Within();
        Assert.Equal("more"u8.ToArray(), (await reading.Within())[^4..]);
    }

    [Fact]
    public async Task What_others_share_does_not_become_non_blocking()
    {
        using var pipe = new OsPipe();
        await using var stream = await StreamClient.ConnectWritePipeAsync(pipe.WritingHandle);
        var writing = stream.WriteAsync(new byte[4 << 20]).AsTask();
        Assert.False(writing.IsCompleted);

        Assert.False(OsPipe.IsNonBlocking(pipe.WritingHandle));
        await stream.AbortAsync().Within();
        await Assert.ThrowsAsync<ObjectDisposedException>(() => writing.Within());
    }

    [Fact]
    public async Task A_reader_that_is_gone_is_an_error_to_the_writer()
    {
        using var pipe = new OsPipe();
        await using var stream = await StreamClient.ConnectWritePipeAsync(pipe.WritingHandle);
        await stream.WriteAsync("unread"u8).Within();
        pipe.Reading.Dispose();

        for (var again = 0; again < 3; again++)
            AssertPeerGone(await Assert.ThrowsAsync<IOException>(() => stream.WriteAsync("x"u8).Within()));
        AssertPeerGone(await Assert.ThrowsAsync<IOException>(() => stream.FlushAsync().Within()));
        await stream.CloseAsync().Within();
    }

    [Fact]
    public async Task A_reader_that_goes_wakes_the_writer_that_waits()
    {
        using var pipe = new OsPipe();
        await using var stream = await StreamClient.ConnectWritePipeAsync(pipe.WritingHandle);
        var writing = stream.WriteAsync(new byte[4 << 20]).AsTask();
        Assert.False(writing.IsCompleted);

        pipe.Reading.Dispose();

        AssertPeerGone(await Assert.ThrowsAsync<IOException>(() => writing.Within()));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_reader_that_goes_is_noticed_while_nobody_writes(bool afterAWrite)
    {
        using var pipe = new OsPipe();
        await using var stream = await StreamClient.ConnectWritePipeAsync(pipe.WritingHandle);
        var gone = Gone(stream);
        if (afterAWrite)
        {
            // It has to wait for room, and after that the watch goes on.
            var data = OsPipe.MoreThanFits();
            var writing = stream.WriteAsync(data).AsTask();
            await Task.Run(() => pipe.Reading.ReadExactly(new byte[data.Length])).Within();
            await writing.Within();
        }

        Assert.False(gone.IsCompleted);
        pipe.Reading.Dispose();

        await gone.Within();
        AssertPeerGone(await Assert.ThrowsAsync<IOException>(() => stream.WriteAsync("x"u8).Within()));
    }

    [Fact]
    public async Task A_reader_that_went_before_is_noticed_at_once()
    {
        using var pipe = new OsPipe();
        await using var stream = await StreamClient.ConnectWritePipeAsync(pipe.WritingHandle);
        pipe.Reading.Dispose();

        await Gone(stream).Within();
    }

    [Fact]
    public async Task A_close_wakes_the_writer_that_waits()
    {
        using var pipe = new OsPipe();
        var handle = pipe.WritingHandle;
        var stream = await StreamClient.ConnectWritePipeAsync(handle);
        var writing = stream.WriteAsync(new byte[4 << 20]).AsTask();
        Assert.False(writing.IsCompleted);

        var closing = stream.CloseAsync().AsTask();

        await Assert.ThrowsAsync<ObjectDisposedException>(() => writing.Within());
        Assert.Equal(4 << 20, (await ReadToEndAsync(pipe.Reading)).Length);
        await closing.Within();
        Assert.True(handle.IsClosed);
    }

    [Fact]
    public async Task Reading_is_refused()
    {
        using var pipe = new OsPipe();
        await using var stream = await StreamClient.ConnectWritePipeAsync(pipe.WritingHandle);
        const string Refusal = "The stream is write-only.";

        Assert.False(stream.CanRead);
        Assert.Equal(Refusal, (await Assert.ThrowsAsync<NotSupportedException>(() => stream.ReadAsync(1).Within())).Message);
        Assert.Equal(Refusal, (await Assert.ThrowsAsync<NotSupportedException>(() => stream.ReadLineAsync().Within())).Message);
        Assert.Equal(Refusal, (await Assert.ThrowsAsync<NotSupportedException>(() => stream.ReadExactlyAsync(1).Within())).Message);
        Assert.Equal(Refusal, (await Assert.ThrowsAsync<NotSupportedException>(() => stream.ReadToEndAsync(1).Within())).Message);
        Assert.False(stream.AtEof);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_regular_file_is_refused_and_left_to_the_caller(bool asStream)
    {
        var path = Path.GetTempFileName();
        try
        {
            await using var file = new FileStream(path, FileMode.Open);
            Func<Task> connect = asStream
                ? () => StreamClient.ConnectWritePipeAsync(file)
                : () => StreamClient.ConnectWritePipeAsync(file.SafeFileHandle);

            var refused = await Assert.ThrowsAsync<ArgumentException>(() => connect().Within());

            Assert.Equal(asStream ? "stream" : "handle", refused.ParamName);
            Assert.Contains("regular file", refused.Message, StringComparison.Ordinal);
            file.Write("still open"u8);
        }
        finally
        {
            File.Delete(path);
        }
    }

    [Fact]
    public async Task What_cannot_be_written_is_refused_and_left_to_the_caller()
    {
        using var pipe = new OsPipe();
        await Refuses("handle", "reading only", () => StreamClient.ConnectWritePipeAsync(pipe.ReadingHandle));
        await Refuses("stream", "cannot be written", () => StreamClient.ConnectWritePipeAsync(pipe.Reading));
        await Refuses("handle", null, () => StreamClient.ConnectWritePipeAsync((SafeHandle)null!));
        await Refuses("stream", null, () => StreamClient.ConnectWritePipeAsync((Stream)null!));
        using var never = new SafeFileHandle(-1, ownsHandle: false);
        await Refuses("handle", "closed", () => StreamClient.ConnectWritePipeAsync(never));
        Assert.False(pipe.ReadingHandle.IsClosed);

        static async Task Refuses(string parameter, string? why, Func<Task> connect)
        {
            var error = await Assert.ThrowsAnyAsync<ArgumentException>(() => connect().Within());
            Assert.Equal(parameter, error.ParamName);
            Assert.Contains(why ?? "", error.Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task A_cancelled_token_leaves_the_stream_alone()
    {
        using var pipe = new OsPipe();
        var cancelled = new CancellationToken(canceled: true);

        var error = await Assert.ThrowsAnyAsync<OperationCanceledException>(
            () => StreamClient.ConnectWritePipeAsync(pipe.Writing, cancellationToken: cancelled).Within());

        Assert.Equal(cancelled, error.CancellationToken);
        pipe.Writing.Write("still open"u8);
    }

    internal static async Task<byte[]> ReadToEndAsync(Stream stream)
    {
        using var all = new MemoryStream();
        await stream.CopyToAsync(all).Within();
        return all.ToArray();
    }

    private static void AssertPeerGone(IOException error) =>
        Assert.Equal(SocketError.Shutdown, Assert.IsType<SocketException>(error.InnerException).SocketErrorCode);

    private static Task Gone(ConnectionStream stream)
    {
        var gone = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        stream.Closed.Register(gone.SetResult);
        return gone.Task;
    }
}
