using System.IO.Pipes;

namespace Kestrel.Streams.Tests;

/// <summary>connect_read_pipe and connect_write_pipe.</summary>
public class PipeTests
{
    [Fact]
    public async Task Connect_read_pipe()
    {
        using var source = new AnonymousPipeServerStream(PipeDirection.Out);
        using var sink = new AnonymousPipeClientStream(PipeDirection.In, source.ClientSafePipeHandle);
        await using var stream = await StreamClient.ConnectReadPipeAsync(sink).Within();
        Assert.Equal(StreamMode.Read, stream.Mode);
        await source.WriteAsync("line\nend"u8.ToArray());
        await source.DisposeAsync();
        Assert.Equal("line\n", (await stream.ReadLineAsync().Within()).Text());
        Assert.Equal("end", (await stream.ReadAsync().Within()).Text());
        Assert.True(stream.AtEof);
        Assert.Throws<NotSupportedException>(() => stream.Write("x"u8));
    }

    [Fact]
    public async Task Connect_read_pipe_limit()
    {
        using var source = new AnonymousPipeServerStream(PipeDirection.Out);
        using var sink = new AnonymousPipeClientStream(PipeDirection.In, source.ClientSafePipeHandle);
        await using var stream = await StreamClient.ConnectReadPipeAsync(sink, new StreamClientOptions { Limit = 3 }).Within();
        await source.WriteAsync("12345\n"u8.ToArray());
        await Assert.ThrowsAsync<LimitOverrunException>(() => stream.ReadLineAsync().Within());
    }

    [Fact]
    public async Task Connect_write_pipe()
    {
        using var sink = new AnonymousPipeServerStream(PipeDirection.In);
        using var source = new AnonymousPipeClientStream(PipeDirection.Out, sink.ClientSafePipeHandle);
        await using (var stream = await StreamClient.ConnectWritePipeAsync(source).Within())
        {
            Assert.Equal(StreamMode.Write, stream.Mode);
            await stream.WriteAsync("through").Within();
            await Assert.ThrowsAsync<NotSupportedException>(() => stream.ReadLineAsync().Within());
        }

        using var all = new StreamReader(sink);
        Assert.Equal("through", await all.ReadToEndAsync().Within());
    }

    [Fact]
    public async Task Connect_write_pipe_limit()
    {
        using var sink = new AnonymousPipeServerStream(PipeDirection.In);
        using var source = new AnonymousPipeClientStream(PipeDirection.Out, sink.ClientSafePipeHandle);
        await using var stream = await StreamClient.ConnectWritePipeAsync(source, new StreamClientOptions { Limit = 7 }).Within();
        Assert.Equal(7, stream.Limit);
    }
}
