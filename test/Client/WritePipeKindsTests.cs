using System.Diagnostics;
using System.Net.Sockets;

namespace Kestrel.Streams.Tests;

/// <summary>What all a pipe may be that is written.</summary>
[Collection(Descriptors.TakeTurns)]
public sealed class WritePipeKindsTests
{
    [Fact]
    public async Task The_input_of_a_child_process_ends_with_the_stream()
    {
        using var child = Process.Start(new ProcessStartInfo("cat")
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            UseShellExecute = false,
        })!;
        await using var output = await StreamClient.ConnectReadPipeAsync(child.StandardOutput.BaseStream);
        await using var input = await StreamClient.ConnectWritePipeAsync(child.StandardInput.BaseStream);
        var data = OsPipe.MoreThanFits();
        var reading = output.ReadToEndAsync(2 * data.Length).AsTask();

        await input.WriteAsync(data).Within();
        await input.CloseAsync().Within();

        Assert.Equal(data, await reading.Within());
        await child.WaitForExitAsync().Within();
    }

    [Fact]
    public async Task A_child_process_that_exits_is_noticed_while_nobody_writes()
    {
        using var child = Process.Start(new ProcessStartInfo("sh", ["-c", "exit"])
        {
            RedirectStandardInput = true,
            UseShellExecute = false,
        })!;
        await using var input = await StreamClient.ConnectWritePipeAsync(child.StandardInput.BaseStream);
        var gone = new TaskCompletionSource();
        await using var registration = input.Closed.Register(gone.SetResult);

        await gone.Task.Within();
        await child.WaitForExitAsync().Within();
    }

    [Fact]
    public async Task A_fifo_is_written()
    {
        var path = Unix.MakeFifo(Listener.NewPath());
        try
        {
            using var reader = new FileStream(Unix.OpenNonBlocking(path), FileAccess.Read, bufferSize: 0);
            var file = new FileStream(path, FileMode.Open, FileAccess.Write);
            await using var stream = await StreamClient.ConnectWritePipeAsync(file);
            Assert.Equal("DescriptorWriter", stream.Transport.GetType().Name);

            await stream.WriteAsync("line\n").Within();

            var line = new byte[100];
            Assert.Equal("line\n"u8.ToArray(), line[..reader.Read(line)]);
        }
        finally
        {
            File.Delete(path);
        }
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_socket_is_written(bool asStream)
    {
        using var listener = Listener.Unix(Listener.NewPath());
        using var near = listener.Connect();
        using var far = await listener.AcceptAsync();
        var below = new NetworkStream(near, ownsSocket: true);
        await using var stream = await (asStream
            ? StreamClient.ConnectWritePipeAsync(below)
            : StreamClient.ConnectWritePipeAsync(near.SafeHandle));
        var gone = new TaskCompletionSource();
        await using var registration = stream.Closed.Register(gone.SetResult);
        var data = OsPipe.MoreThanFits();

        var writing = stream.WriteAsync(data).AsTask();
        Assert.False(writing.IsCompleted);
        await using var reading = new NetworkStream(far);
        var read = new byte[data.Length];
        await reading.ReadExactlyAsync(read).AsTask().Within();
        await writing.Within();
        Assert.Equal(data, read);
        Assert.False(OsPipe.IsNonBlocking(near.SafeHandle));

        far.Close();
        await gone.Task.Within();
    }

    [Fact]
    public async Task The_empty_device_takes_everything_and_the_full_one_nothing()
    {
        await using var empty = await StreamClient.ConnectWritePipeAsync(File.OpenHandle("/dev/null", access: FileAccess.Write));
        _ = empty.Closed;
        empty.Write(new byte[100]);
        await empty.WriteAsync(new byte[1 << 20]).Within();
        await empty.CloseAsync().Within();

        await using var full = await StreamClient.ConnectWritePipeAsync(File.OpenHandle("/dev/full", access: FileAccess.Write));
        var error = await Assert.ThrowsAsync<IOException>(() => full.WriteAsync("x"u8).Within());
        Assert.Contains("No space left", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_terminal_is_written_and_stays_as_it_is()
    {
        var (user, program) = Unix.OpenTerminal();
        await using var screen = new FileStream(user, FileAccess.Read, bufferSize: 0);
        await using var stream = await StreamClient.ConnectWritePipeAsync(program);

        stream.Write("one "u8);
        await stream.WriteAsync("two").Within();

        var shown = new byte[7];
        await Task.Run(() => screen.ReadExactly(shown)).Within();
        Assert.Equal("one two"u8.ToArray(), shown);
        Assert.False(OsPipe.IsNonBlocking(program));
    }

    [Fact]
    public async Task A_terminal_that_shows_nothing_more_cannot_hold_up_an_abort()
    {
        var (user, program) = Unix.OpenTerminal();
        using (user)
        {
            await using var stream = await StreamClient.ConnectWritePipeAsync(program);
            var writing = stream.WriteAsync(new byte[1 << 20]).AsTask();
            Assert.False(writing.IsCompleted);

            await stream.AbortAsync().Within(TimeSpan.FromSeconds(5));

            await Assert.ThrowsAsync<ObjectDisposedException>(() => writing.Within());
        }
    }

    [Fact]
    public async Task Any_other_stream_is_written_too_but_its_output_cannot_end_alone()
    {
        var below = new MemoryStream();
        await using var stream = await StreamClient.ConnectWritePipeAsync(below);

        Assert.Equal(StreamMode.Write, stream.Mode);
        Assert.Same(below, stream.GetExtraInfo("pipe"));
        Assert.False(stream.CanWriteEof);
        await stream.WriteAsync("hello").Within();
        await stream.CloseAsync().Within();
        Assert.Equal("hello"u8.ToArray(), below.ToArray());
    }
}
