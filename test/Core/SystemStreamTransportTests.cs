using System.IO.Pipes;

namespace Kestrel.Streams.Tests;

public class SystemStreamTransportTests
{
    [Fact]
    public async Task The_mode_is_what_the_stream_can_do()
    {
        await using var output = new AnonymousPipeServerStream(PipeDirection.Out);
        await using var input = new AnonymousPipeClientStream(PipeDirection.In, output.ClientSafePipeHandle);
        Assert.Equal(StreamMode.Write, StreamTransport.FromStream(output).Mode);
        Assert.Equal(StreamMode.Read, StreamTransport.FromStream(input).Mode);
        Assert.Equal(StreamMode.ReadWrite, StreamTransport.FromStream(new MemoryStream()).Mode);
        Assert.False(StreamTransport.FromStream(output).CanTrySend);
        Assert.False(StreamTransport.FromStream(output).CanWriteEof);
    }

    [Fact]
    public async Task Bytes_go_through_a_pipe_and_its_end_is_the_end()
    {
        var output = new AnonymousPipeServerStream(PipeDirection.Out);
        var input = new AnonymousPipeClientStream(PipeDirection.In, output.ClientSafePipeHandle);
        var writer = Streams.Over(StreamTransport.FromStream(output));
        await using var reader = Streams.Over(StreamTransport.FromStream(input));
        await writer.WriteAsync("one\ntwo"u8).Within();
        Assert.Equal("one\n", (await reader.ReadLineAsync().Within()).ToText());
        await writer.CloseAsync().Within();
        Assert.Equal("two", (await reader.ReadLineAsync().Within()).ToText());
        Assert.Empty(await reader.ReadLineAsync().Within());
    }

    [Fact]
    public async Task Sent_means_that_the_bytes_have_left_the_buffer_of_the_stream()
    {
        using var below = new MemoryStream();
        await using var stream = Streams.Over(StreamTransport.FromStream(new BufferedStream(below)));
        await stream.WriteAsync("hello"u8).Within();
        Assert.Equal("hello", below.ToArray().ToText());
    }

    [Fact]
    public async Task A_stream_of_fixed_bytes_can_be_read_to_its_end()
    {
        await using var stream = Streams.Over(StreamTransport.FromStream(new MemoryStream("a\nb"u8.ToArray(), writable: false)));
        Assert.Equal(StreamMode.Read, stream.Mode);
        Assert.Equal("a\n", (await stream.ReadLineAsync().Within()).ToText());
        Assert.Equal("b", (await stream.ReadLineAsync().Within()).ToText());
        Assert.True(stream.AtEof);
    }

    [Fact]
    public async Task The_stream_is_disposed_with_it()
    {
        var closed = new MemoryStream();
        await Streams.Over(StreamTransport.FromStream(closed)).CloseAsync().Within();
        Assert.False(closed.CanRead);
        var aborted = new MemoryStream();
        await Streams.Over(StreamTransport.FromStream(aborted)).AbortAsync().Within();
        Assert.False(aborted.CanRead);
    }

    [Fact]
    public async Task A_stream_that_fails_to_dispose_is_gone_all_the_same()
    {
        await Streams.Over(StreamTransport.FromStream(new Stubborn())).AbortAsync().Within();
        await Streams.Over(StreamTransport.FromStream(new Stubborn())).CloseAsync().Within();
    }

    [Fact]
    public void A_closed_stream_is_refused()
    {
        var closed = new MemoryStream();
        closed.Dispose();
        Assert.Equal("stream", Assert.Throws<ArgumentException>(() => StreamTransport.FromStream(closed)).ParamName);
        Assert.Equal("stream", Assert.Throws<ArgumentNullException>(() => StreamTransport.FromStream(null!)).ParamName);
    }

    private sealed class Stubborn : MemoryStream
    {
        protected override void Dispose(bool disposing)
        {
            base.Dispose(disposing);
            throw new IOException("not now");
        }
    }
}
