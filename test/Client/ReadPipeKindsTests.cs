using System.Diagnostics;
using System.Net.Sockets;
using System.Text;
using Microsoft.Win32.SafeHandles;

namespace Kestrel.Streams.Tests;

/// <summary>What all a pipe may be that is read.</summary>
[Collection(Descriptors.TakeTurns)]
public sealed class ReadPipeKindsTests
{
    [Fact]
    public async Task A_fifo_is_read_from_its_first_writer_to_its_last()
    {
        var path = Unix.MakeFifo(Listener.NewPath());
        try
        {
            await using var stream = await StreamClient.ConnectReadPipeAsync(Unix.OpenNonBlocking(path));
            // Before the first writer there is nothing, but that is not the end; also for a read past the buffer.
            using var patience = new CancellationTokenSource();
            var early = stream.ReadAsync(new byte[100_000], patience.Token).AsTask();
            Assert.False(early.IsCompleted);
            await patience.CancelAsync();
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => early.Within());

            using (var first = new FileStream(path, FileMode.Open, FileAccess.Write))
            {
                using var second = new FileStream(path, FileMode.Open, FileAccess.Write);
                second.Write("one\n"u8);
                second.Flush();
                Assert.Equal("one\n"u8.ToArray(), await stream.ReadLineAsync().Within());
                second.Close();
                first.Write("two"u8);
            }

            Assert.Equal("two"u8.ToArray(), await stream.ReadToEndAsync(100).Within());
        }
        finally
        {
            File.Delete(path);
        }
    }

    [Fact]
    public async Task A_file_stream_over_a_fifo_is_read_without_a_thread_of_its_own()
    {
        var path = Unix.MakeFifo(Listener.NewPath());
        try
        {
            var opening = Task.Run(() => new FileStream(path, FileMode.Open, FileAccess.Read));
            using var writer = new FileStream(path, FileMode.Open, FileAccess.Write);
            await using var stream = await StreamClient.ConnectReadPipeAsync(await opening.Within());
            Assert.Equal("DescriptorReader", stream.Transport.GetType().Name);
            writer.Write("line\n"u8);
            writer.Flush();
            Assert.Equal("line\n"u8.ToArray(), await stream.ReadLineAsync().Within());
        }
        finally
        {
            File.Delete(path);
        }
    }

    [Fact]
    public async Task The_empty_device_is_at_its_end_and_the_one_of_zeros_never()
    {
        await using var empty = await StreamClient.ConnectReadPipeAsync(File.OpenHandle("/dev/null"));
        Assert.Empty(await empty.ReadAsync(10).Within());
        Assert.True(empty.AtEof);

        await using var zeros = await StreamClient.ConnectReadPipeAsync(File.OpenHandle("/dev/zero"));
        Assert.Equal(new byte[200_000], await zeros.ReadExactlyAsync(200_000).Within());
        await Assert.ThrowsAsync<LimitOverrunException>(() => zeros.ReadLineAsync().Within());
        await zeros.CloseAsync().Within();
    }

    [Fact]
    public async Task A_terminal_is_read_line_by_line_and_stays_as_it_is()
    {
        var (user, program) = Unix.OpenTerminal();
        using (user)
        {
            await using var keyboard = new FileStream(user, FileAccess.Write, bufferSize: 0);
            var stream = await StreamClient.ConnectReadPipeAsync(program);
            var reading = stream.ReadLineAsync().AsTask();
            Assert.False(reading.IsCompleted);
            Assert.False(OsPipe.IsNonBlocking(program));

            keyboard.Write("hello\n"u8);
            Assert.Equal("hello\n"u8.ToArray(), await reading.Within());

            reading = stream.ReadLineAsync().AsTask();
            Assert.False(reading.IsCompleted);
            await stream.CloseAsync().Within(TimeSpan.FromSeconds(5));
            await Assert.ThrowsAsync<ObjectDisposedException>(() => reading.Within());
            Assert.True(program.IsClosed);
        }
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_regular_file_is_read_from_where_it_stands(bool asStream)
    {
        var path = Path.GetTempFileName();
        try
        {
            await File.WriteAllTextAsync(path, "first\nsecond\nlast");
            var file = new FileStream(path, FileMode.Open);
            await using var stream = await (asStream
                ? StreamClient.ConnectReadPipeAsync(file)
                : StreamClient.ConnectReadPipeAsync(file.SafeFileHandle));
            if (asStream) file.Position = 6;
            else Assert.Equal("first", await stream.ReadLineAsync(Encoding.ASCII).Within());

            Assert.Equal("second", await stream.ReadLineAsync(Encoding.ASCII).Within());
            Assert.Equal("last", await stream.ReadLineAsync(Encoding.ASCII).Within());
            Assert.Null(await stream.ReadLineAsync(Encoding.ASCII).Within());
        }
        finally
        {
            File.Delete(path);
        }
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_socket_is_read_to_its_end(bool asStream)
    {
        using var listener = Listener.Tcp();
        var near = listener.Connect();
        using var far = await listener.AcceptAsync();
        await using var below = new NetworkStream(near, ownsSocket: true);
        await using var stream = await (asStream
            ? StreamClient.ConnectReadPipeAsync(below)
            : StreamClient.ConnectReadPipeAsync(near.SafeHandle));
        var reading = stream.ReadLineAsync().AsTask();
        Assert.False(reading.IsCompleted);
        far.Send("line\nrest"u8);
        far.Shutdown(SocketShutdown.Send);

        Assert.Equal("line\n"u8.ToArray(), await reading.Within());
        Assert.Equal("rest"u8.ToArray(), await stream.ReadToEndAsync(100).Within());
        Assert.False(OsPipe.IsNonBlocking(near.SafeHandle));
    }

    [Fact]
    public async Task Two_streams_over_one_descriptor_can_both_wait()
    {
        using var listener = Listener.Unix(Listener.NewPath());
        using var near = listener.Connect();
        using var far = await listener.AcceptAsync();
        for (var again = 0; again < 3; again++)
        {
            await using var input = await StreamClient.ConnectReadPipeAsync(new SafeFileHandle(near.Handle, ownsHandle: false));
            await using var output = await StreamClient.ConnectWritePipeAsync(new SafeFileHandle(near.Handle, ownsHandle: false));
            var data = OsPipe.MoreThanFits();
            var reading = input.ReadLineAsync().AsTask();
            var writing = output.WriteAsync(data).AsTask();
            Assert.False(writing.IsCompleted);

            far.Send("line\n"u8);
            Assert.Equal("line\n"u8.ToArray(), await reading.Within());
            await using var peer = new NetworkStream(far, ownsSocket: false);
            await peer.ReadExactlyAsync(new byte[data.Length]).AsTask().Within();
            await writing.Within();
        }
    }

    [Theory]
    [InlineData("printf 'one\\ntwo'", "one\ntwo")]
    [InlineData("exit", "")]
    [InlineData("printf x; kill -9 $$", "x")]
    public async Task The_output_of_a_child_process_ends_when_it_exits(string script, string output)
    {
        using var child = Process.Start(new ProcessStartInfo("sh", ["-c", script]) { RedirectStandardOutput = true, UseShellExecute = false })!;
        await using var stream = await StreamClient.ConnectReadPipeAsync(child.StandardOutput.BaseStream);
        Assert.Equal("DescriptorReader", stream.Transport.GetType().Name);

        Assert.Equal(output, Encoding.ASCII.GetString(await stream.ReadToEndAsync(100).Within()));
        await child.WaitForExitAsync().Within();
    }

    [Fact]
    public async Task A_child_that_has_exited_before_is_read_to_its_end()
    {
        using var child = Process.Start(new ProcessStartInfo("printf", ["gone"]) { RedirectStandardOutput = true, UseShellExecute = false })!;
        await child.WaitForExitAsync().Within();
        await using var stream = await StreamClient.ConnectReadPipeAsync(child.StandardOutput.BaseStream);

        Assert.Equal("gone"u8.ToArray(), await stream.ReadToEndAsync(100).Within());
    }

    [Fact]
    public async Task Any_other_stream_is_read_too()
    {
        await using var below = new MemoryStream([.. "one\ntwo"u8]);
        await using var stream = await StreamClient.ConnectReadPipeAsync(below);

        Assert.Equal(StreamMode.Read, stream.Mode);
        Assert.Equal("one"u8.ToArray(), (await stream.ReadLineAsync().Within())[..3]);
        Assert.Equal("two"u8.ToArray(), await stream.ReadToEndAsync(10).Within());
        await stream.CloseAsync().Within();
        Assert.False(below.CanRead);
    }
}
