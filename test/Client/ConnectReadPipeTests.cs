using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Text;
using Microsoft.Win32.SafeHandles;

namespace Kestrel.Streams.Tests;

[Collection(Descriptors.TakeTurns)]
public sealed class ConnectReadPipeTests
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task The_end_of_the_pipe_is_the_end_of_the_stream(bool asStream)
    {
        using var pipe = new OsPipe();
        await using var stream = await (asStream
            ? StreamClient.ConnectReadPipeAsync(pipe.Reading)
            : StreamClient.ConnectReadPipeAsync(pipe.ReadingHandle));
        Assert.Equal(StreamMode.Read, stream.Mode);
        Assert.Same(asStream ? pipe.Reading : pipe.ReadingHandle, stream.GetExtraInfo("pipe"));

        var reading = stream.ReadLineAsync(Encoding.ASCII).AsTask();
        pipe.Writing.Write("one\ntwo"u8);
        Assert.Equal("one", await reading.Within());
        pipe.Writing.Dispose();

        Assert.Equal("two"u8.ToArray(), await stream.ReadLineAsync().Within());
        Assert.Empty(await stream.ReadLineAsync().Within());
        Assert.True(stream.AtEof);
    }

    [Fact]
    public async Task All_bytes_arrive_however_they_come()
    {
        using var pipe = new OsPipe();
        await using var stream = await StreamClient.ConnectReadPipeAsync(pipe.ReadingHandle);
        var data = OsPipe.MoreThanFits();
        var writing = Task.Run(() =>
        {
            for (int at = 0, step = 1; at < data.Length; at += step, step = step * 7 % 100_003)
                pipe.Writing.Write(data.AsSpan(at, Math.Min(step, data.Length - at)));
            pipe.Writing.Dispose();
        });

        Assert.Equal(data, await stream.ReadToEndAsync(2 * data.Length).Within());
        await writing.Within();
    }

    [Fact]
    public async Task A_cancelled_read_loses_nothing()
    {
        using var pipe = new OsPipe();
        await using var stream = await StreamClient.ConnectReadPipeAsync(pipe.ReadingHandle);
        pipe.Writing.Write("hel"u8);
        using var patience = new CancellationTokenSource();
        var reading = stream.ReadLineAsync(patience.Token).AsTask();
        Assert.False(reading.IsCompleted);

        await patience.CancelAsync();

        Assert.Equal(patience.Token, (await Assert.ThrowsAnyAsync<OperationCanceledException>(() => reading.Within())).CancellationToken);
        pipe.Writing.Write("lo\n"u8);
        Assert.Equal("hello\n"u8.ToArray(), await stream.ReadLineAsync().Within());
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_close_wakes_the_read_and_closes_the_pipe(bool asStream)
    {
        using var pipe = new OsPipe();
        var stream = await (asStream
            ? StreamClient.ConnectReadPipeAsync(pipe.Reading)
            : StreamClient.ConnectReadPipeAsync(pipe.ReadingHandle));
        var handle = pipe.ReadingHandle;
        var reading = stream.ReadLineAsync().AsTask();
        Assert.False(reading.IsCompleted);

        await stream.CloseAsync().Within();

        await Assert.ThrowsAsync<ObjectDisposedException>(() => reading.Within());
        await stream.WaitClosedAsync().Within();
        Assert.True(handle.IsClosed);
        // Nobody has it open any more: the system refuses what is written.
        Assert.Throws<IOException>(() => pipe.Writing.Write("x"u8));
    }

    [Fact]
    public async Task A_handle_that_is_not_owned_stays_open_and_can_be_used_again()
    {
        using var pipe = new OsPipe();
        for (var again = 0; again < 3; again++)
        {
            var handle = new SafeFileHandle(pipe.ReadingHandle.DangerousGetHandle(), ownsHandle: false);
            await using var stream = await StreamClient.ConnectReadPipeAsync(handle);
            var reading = stream.ReadLineAsync().AsTask();
            Assert.False(reading.IsCompleted);
            pipe.Writing.Write("line\n"u8);
            Assert.Equal("line\n"u8.ToArray(), await reading.Within());
        }

        Assert.False(pipe.ReadingHandle.IsClosed);
    }

    [Fact]
    public async Task What_others_share_does_not_become_non_blocking()
    {
        using var pipe = new OsPipe();
        await using var stream = await StreamClient.ConnectReadPipeAsync(pipe.ReadingHandle);
        var reading = stream.ReadLineAsync().AsTask();
        Assert.False(reading.IsCompleted);

        Assert.False(OsPipe.IsNonBlocking(pipe.ReadingHandle));
        pipe.Writing.Write("x\n"u8);
        await reading.Within();
    }

    [Fact]
    public async Task Closed_fires_with_the_end_of_the_pipe_while_nobody_reads()
    {
        using var pipe = new OsPipe();
        await using var stream = await StreamClient.ConnectReadPipeAsync(pipe.ReadingHandle);
        var gone = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var registration = stream.Closed.Register(gone.SetResult);
        pipe.Writing.Write("last words"u8);
        Assert.False(gone.Task.IsCompleted);

        pipe.Writing.Dispose();

        await gone.Task.Within();
        Assert.Equal("last words"u8.ToArray(), await stream.ReadAsync(100).Within());
    }

    [Fact]
    public async Task Many_idle_pipes_need_no_thread_each()
    {
        const int Count = 200;
        var pipes = Enumerable.Range(0, Count).Select(_ => new OsPipe()).ToList();
        var before = Threads();
        var streams = new List<ConnectionStream>();
        var readings = new List<Task<byte[]>>();
        foreach (var pipe in pipes)
        {
            streams.Add(await StreamClient.ConnectReadPipeAsync(pipe.Reading));
            readings.Add(streams[^1].ReadLineAsync().AsTask());
        }

        // All of them wait, for one that did not would have ended the read.
        Assert.DoesNotContain(readings, reading => reading.IsCompleted);
        Assert.InRange(Threads() - before, -Count, 50);

        foreach (var pipe in pipes)
            pipe.Writing.Write("x\n"u8);
        foreach (var line in await Task.WhenAll(readings).Within())
            Assert.Equal("x\n"u8.ToArray(), line);
        foreach (var stream in streams)
            await stream.CloseAsync().Within();
        pipes.ForEach(pipe => pipe.Dispose());

        static int Threads()
        {
            using var self = Process.GetCurrentProcess();
            return self.Threads.Count;
        }
    }

    [Fact]
    public async Task The_limit_is_that_of_the_options()
    {
        using var pipe = new OsPipe();
        await using var stream = await StreamClient.ConnectReadPipeAsync(pipe.ReadingHandle, new StreamClientOptions { Limit = 4 });
        pipe.Writing.Write("four\nfiver\n"u8);

        Assert.Equal(4, stream.Limit);
        Assert.Equal("four\n"u8.ToArray(), await stream.ReadLineAsync().Within());
        Assert.Equal(4, (await Assert.ThrowsAsync<LimitOverrunException>(() => stream.ReadLineAsync().Within())).Limit);
    }

    [Fact]
    public async Task Writing_is_refused()
    {
        using var pipe = new OsPipe();
        await using var stream = await StreamClient.ConnectReadPipeAsync(pipe.ReadingHandle);
        const string Refusal = "The stream is read-only.";

        Assert.False(stream.CanWrite);
        Assert.False(stream.CanWriteEof);
        Assert.Equal(Refusal, Assert.Throws<NotSupportedException>(() => stream.Write("x"u8)).Message);
        Assert.Equal(Refusal, (await Assert.ThrowsAsync<NotSupportedException>(() => stream.WriteAsync("x"u8).Within())).Message);
        Assert.Equal(Refusal, (await Assert.ThrowsAsync<NotSupportedException>(() => stream.DrainAsync().Within())).Message);
        Assert.Equal(Refusal, (await Assert.ThrowsAsync<NotSupportedException>(() => stream.WriteEofAsync().Within())).Message);
    }

    [Fact]
    public async Task What_cannot_be_read_is_refused_and_left_to_the_caller()
    {
        using var pipe = new OsPipe();
        await Refuses("handle", "writing only", () => StreamClient.ConnectReadPipeAsync(pipe.WritingHandle));
        await Refuses("stream", "cannot be read", () => StreamClient.ConnectReadPipeAsync(pipe.Writing));
        using var directory = Unix.OpenNonBlocking("/");
        await Refuses("handle", "directory", () => StreamClient.ConnectReadPipeAsync(directory));
        await Refuses("handle", null, () => StreamClient.ConnectReadPipeAsync((SafeHandle)null!));
        await Refuses("stream", null, () => StreamClient.ConnectReadPipeAsync((Stream)null!));
        await using (var unconnected = new System.IO.Pipes.NamedPipeClientStream("nobody"))
            await Refuses("stream", "not connected", () => StreamClient.ConnectReadPipeAsync(unconnected));
        pipe.Writing.Write("still open"u8);

        SafeHandle closed = pipe.ReadingHandle;
        pipe.Dispose();
        await Refuses("handle", "closed", () => StreamClient.ConnectReadPipeAsync(closed));
        await Refuses("stream", "closed", () => StreamClient.ConnectReadPipeAsync(pipe.Reading));

        static async Task Refuses(string parameter, string? why, Func<Task> connect)
        {
            var error = await Assert.ThrowsAnyAsync<ArgumentException>(() => connect().Within());
            Assert.Equal(parameter, error.ParamName);
            Assert.Contains(why ?? "", error.Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task A_cancelled_token_leaves_the_handle_alone()
    {
        using var pipe = new OsPipe();
        var cancelled = new CancellationToken(canceled: true);

        var error = await Assert.ThrowsAnyAsync<OperationCanceledException>(
            () => StreamClient.ConnectReadPipeAsync(pipe.ReadingHandle, cancellationToken: cancelled).Within());

        Assert.Equal(cancelled, error.CancellationToken);
        Assert.False(pipe.ReadingHandle.IsClosed);
    }
}
