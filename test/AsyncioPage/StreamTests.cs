namespace Kestrel.Streams.Tests;

/// <summary>The classes Stream and StreamMode.</summary>
public class StreamTests
{
    [Fact]
    public async Task Stream_is_reader_and_writer()
    {
        var (stream, peer) = await Meeting.ConnectAsync();
        await using var closing = stream;
        using var other = peer;
        await WriteAsync(stream);
        Assert.Equal("ping\n", await peer.HearAsync(5));
        await peer.SayAsync("pong\n");
        Assert.Equal("pong\n", await ReadAsync(stream));

        static Task WriteAsync(IStreamWriter writer) => writer.WriteAsync("ping\n"u8).Within();

        static async Task<string> ReadAsync(IStreamReader reader) => (await reader.ReadLineAsync().Within()).Text();
    }

    [Fact]
    public void StreamMode_READ_WRITE_and_READWRITE()
    {
        Assert.Equal(StreamMode.ReadWrite, StreamMode.Read | StreamMode.Write);
        Assert.True(StreamMode.ReadWrite.HasFlag(StreamMode.Read));
    }

    [Fact]
    public async Task Mode()
    {
        var (stream, peer) = await Meeting.ConnectAsync();
        await using var closing = stream;
        using var other = peer;
        Assert.Equal(StreamMode.ReadWrite, stream.Mode);
        await using var readOnly = ConnectionStream.Create(StreamTransport.FromStream(new MemoryStream([1], writable: false)));
        Assert.Equal(StreamMode.Read, readOnly.Mode);
    }
}
