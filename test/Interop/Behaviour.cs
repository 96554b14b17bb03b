using System.Net.Sockets;

namespace Kestrel.Streams.Tests;

/// <summary>Our end of the conversations.</summary>
internal static class Behaviour
{
    public static async Task EchoLinesAsync(ConnectionStream stream)
    {
        for (byte[] line; (line = await stream.ReadLineAsync().Within()).Length > 0;)
        {
            stream.Write(line);
            await stream.DrainAsync().Within();
        }
    }

    public static async Task EchoOneLineAsync(ConnectionStream stream) =>
        await stream.WriteAsync(await stream.ReadLineAsync().Within()).Within();

    /// <summary>Sends back whatever comes, as it comes, up to this size.</summary>
    public static async Task EchoAsync(ConnectionStream stream, int size)
    {
        while (size > 0)
        {
            var data = await stream.BorrowAsync().Within();
            Assert.False(data.IsEmpty, $"{size} bytes are missing.");
            size -= data.Length;
            await stream.WriteAsync(data).Within();
        }
    }

    /// <summary>Sends in one go while it reads the same back.</summary>
    public static async Task SendAndExpectAsync(ConnectionStream stream, byte[] data)
    {
        var sent = stream.WriteAsync(data).AsTask();
        var back = await stream.ReadExactlyAsync(data.Length).Within();
        await sent.Within();
        Assert.True(data.AsSpan().SequenceEqual(back), "What came back is not what was sent.");
    }

    public static async Task ReadAllThenSendAsync(ConnectionStream stream)
    {
        var data = await stream.ReadToEndAsync().Within();
        Assert.Equal(Samples.Mebibyte, data.Length);
        await stream.WriteAsync(data).Within();
    }

    public static async Task SendAllThenReadAsync(ConnectionStream stream, byte[] data)
    {
        await stream.WriteAsync(data).Within();
        await stream.WriteEofAsync().Within();
        var back = await stream.ReadToEndAsync().Within();
        Assert.Equal(Samples.Sha256(data), Samples.Sha256(back));
    }

    public static async Task ReadLineCutByEndAsync(ConnectionStream stream)
    {
        Assert.Equal("whole\n", Samples.Text(await stream.ReadLineAsync().Within()));
        Assert.Equal("part", Samples.Text(await stream.ReadLineAsync().Within()));
        Assert.Empty(await stream.ReadLineAsync().Within());
        Assert.True(stream.AtEof);
    }

    public static async Task ReadUntilCutByEndAsync(ConnectionStream stream)
    {
        Assert.Equal("whole\n", Samples.Text(await stream.ReadUntilAsync("\n"u8).Within()));
        var cut = await Assert.ThrowsAsync<IncompleteReadException>(() => stream.ReadUntilAsync("\n"u8).Within());
        Assert.Equal("part", Samples.Text(cut.Partial));
        Assert.Null(cut.Expected);
        Assert.Empty(await stream.ReadAsync().Within());
    }

    public static async Task SkipLineOverLimitAsync(ConnectionStream stream, int length)
    {
        var refused = await Assert.ThrowsAsync<LimitOverrunException>(() => stream.ReadLineAsync().Within());
        Assert.Equal(stream.Limit, refused.Limit);
        Assert.Equal(length + 1, await stream.SkipLineAsync().Within());
        await EchoOneLineAsync(stream);
    }

    /// <summary>Writes until the peer is gone, which must show as an error and not as an end or a silence.</summary>
    public static async Task WriteUntilBrokenAsync(ConnectionStream stream, TaskCompletionSource? started = null)
    {
        await WriteInVainAsync(stream, started);
        var broken = await Assert.ThrowsAnyAsync<IOException>(() => stream.ReadAsync().Within());
        Assert.IsType<SocketException>(broken.InnerException);
    }

    /// <summary>The connection is cut below TLS, without a farewell: that is an error and no end, for reading and for writing.</summary>
    public static async Task FindConnectionCutAsync(ConnectionStream stream)
    {
        var cut = await Assert.ThrowsAnyAsync<IOException>(() => stream.ReadLineAsync().Within());
        Assert.IsNotType<IncompleteReadException>(cut);
        await Assert.ThrowsAnyAsync<IOException>(() => stream.ReadToEndAsync().Within());
        await Assert.ThrowsAnyAsync<IOException>(() => stream.WriteAsync("more"u8).Within());
    }

    /// <summary>The peer has ended and is gone: reading goes on to give the end, writing must show that nobody is there.</summary>
    public static async Task FindNobodyThereAsync(ConnectionStream stream)
    {
        Assert.Empty(await stream.ReadAsync().Within());
        Assert.True(stream.AtEof);
        await WriteInVainAsync(stream);
        Assert.Empty(await stream.ReadAsync().Within());
    }

    private static async Task WriteInVainAsync(ConnectionStream stream, TaskCompletionSource? started = null)
    {
        var broken = await Assert.ThrowsAnyAsync<IOException>(async () =>
        {
            // Far more than all buffers between two programs hold: the last of these writes cannot succeed unseen.
            var chunk = new byte[64 * 1024];
            for (var sent = 0; sent < 64 * Samples.Mebibyte; sent += chunk.Length)
            {
                await stream.WriteAsync(chunk).Within();
                started?.TrySetResult();
            }
        });
        Assert.IsType<SocketException>(broken.InnerException);

        broken = await Assert.ThrowsAnyAsync<IOException>(() => stream.WriteAsync("more"u8).Within());
        Assert.IsType<SocketException>(broken.InnerException);
    }
}
