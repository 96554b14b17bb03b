namespace Kestrel.Streams.Tests;

/// <summary>The stream as a <see cref="Stream"/>: what code that knows only that gets.</summary>
public class SystemIOTests
{
    [Fact]
    public async Task A_read_gives_what_is_there_and_zero_at_the_end()
    {
        await using Stream stream = Streams.With("hello");
        var buffer = new byte[10];
        Assert.Equal(3, await stream.ReadAsync(buffer.AsMemory(0, 3)).Within());
        Assert.Equal(2, await stream.ReadAsync(buffer, 3, 7).Within());
        Assert.Equal("hello", buffer[..5].ToText());
        Assert.Equal(0, await stream.ReadAsync(buffer.AsMemory()).Within());
    }

    [Fact]
    public async Task A_read_into_an_empty_buffer_waits_for_data_and_takes_none()
    {
        var transport = new ScriptedTransport();
        await using var stream = Streams.Over(transport);
        var waiting = stream.ReadAsync(Memory<byte>.Empty).AsTask();
        Assert.False(waiting.IsCompleted);
        transport.Arrive("x");
        Assert.Equal(0, await waiting.Within());
        Assert.Equal(0, stream.Read([], 0, 0));
        Assert.Equal("x", (await stream.ReadAsync(1).Within()).ToText());
    }

    [Fact]
    public void Synchronous_reads_block_and_give_what_is_there()
    {
        using var stream = Streams.With("hello");
        var buffer = new byte[10];
        Assert.Equal(2, stream.Read(buffer, 1, 2));
        Assert.Equal(2, stream.Read(buffer.AsSpan(3, 2)));
        Assert.Equal("hell", buffer[1..5].ToText());
        Assert.Equal('o', stream.ReadByte());
        Assert.Equal(-1, stream.ReadByte());
        Assert.Equal(0, stream.Read(buffer));
    }

    [Fact]
    public async Task A_synchronous_read_blocks_until_there_is_something()
    {
        var transport = new ScriptedTransport();
        await using var stream = Streams.Over(transport);
        var reading = Task.Factory.StartNew(stream.ReadByte, TaskCreationOptions.LongRunning);
        transport.Arrive("x");
        Assert.Equal('x', await reading.Within());
    }

    [Fact]
    public async Task Synchronous_writes_buffer_and_a_flush_blocks_until_all_is_below()
    {
        var transport = new ScriptedTransport { HoldsSends = true };
        await using var stream = Streams.Over(transport);
        stream.Write("hello"u8.ToArray(), 1, 3);
        stream.WriteByte((byte)'!');
        var flushing = Task.Factory.StartNew(stream.Flush, TaskCreationOptions.LongRunning);
        var send = await transport.NextSendAsync();
        Assert.False(flushing.IsCompleted);
        transport.HoldsSends = false;
        send.Complete();
        await flushing.Within();
        Assert.Equal("ell!", transport.Sent.ToText());
    }

    [Fact]
    public async Task A_range_of_an_array_is_sent()
    {
        var transport = new ScriptedTransport();
        await using Stream stream = Streams.Over(transport);
        await stream.WriteAsync("hello"u8.ToArray(), 1, 3).Within();
        Assert.Equal("ell", transport.Sent.ToText());
    }

    [Fact]
    public async Task A_range_outside_of_the_array_is_refused()
    {
        await using var stream = Streams.With("x");
        var buffer = new byte[3];
        Assert.Throws<ArgumentOutOfRangeException>(() => stream.Read(buffer, 2, 2));
        Assert.Throws<ArgumentOutOfRangeException>(() => stream.Write(buffer, -1, 2));
        Assert.Throws<ArgumentNullException>(() => stream.Read(null!, 0, 0));
        await Assert.ThrowsAsync<ArgumentOutOfRangeException>(() => stream.ReadAsync(buffer, 2, 2));
        await Assert.ThrowsAsync<ArgumentOutOfRangeException>(() => stream.WriteAsync(buffer, 2, 2));
    }

    [Fact]
    public async Task It_has_no_positions()
    {
        await using var stream = Streams.With("x");
        Assert.False(stream.CanSeek);
        Assert.False(stream.CanTimeout);
        Assert.Throws<NotSupportedException>(() => stream.Length);
        Assert.Throws<NotSupportedException>(() => stream.Position);
        Assert.Throws<NotSupportedException>(() => stream.Position = 1);
        Assert.Throws<NotSupportedException>(() => stream.Seek(0, SeekOrigin.Begin));
        Assert.Throws<NotSupportedException>(() => stream.SetLength(1));
    }

    [Fact]
    public async Task Code_that_knows_only_streams_works_on_it()
    {
        var (client, server) = ConnectionStream.CreatePair();
        await using var reading = server;
        var data = Samples.Sequence(1_000_000);
        var copying = Task.Run(async () =>
        {
            await new MemoryStream(data).CopyToAsync(client);
            await client.DisposeAsync();
        });
        using var copy = new MemoryStream();
        await server.CopyToAsync(copy).Within();
        await copying.Within();
        Assert.Equal(data, copy.ToArray());
    }

    [Fact]
    public async Task The_text_classes_of_the_framework_work_on_it()
    {
        var (client, server) = ConnectionStream.CreatePair();
        var writing = Task.Run(async () =>
        {
            await using var writer = new StreamWriter(client);
            await writer.WriteLineAsync("grüße");
        });
        using var reader = new StreamReader(server);
        Assert.Equal("grüße", await reader.ReadLineAsync().Within());
        Assert.Null(await reader.ReadLineAsync().Within());
        await writing.Within();
    }

    [Fact]
    public async Task A_range_that_is_not_within_its_array_is_refused_and_nothing_is_lost()
    {
        await using var stream = Streams.With("abc");
        var buffer = new byte[4];
        Action<byte[], int, int>[] calls =
        [
            (data, offset, count) => _ = stream.Read(data, offset, count),
            (data, offset, count) => stream.Write(data, offset, count),
            (data, offset, count) => _ = stream.ReadAsync(data, offset, count, CancellationToken.None),
            (data, offset, count) => _ = stream.WriteAsync(data, offset, count, CancellationToken.None),
        ];
        Assert.All(calls, call =>
        {
            Assert.Equal("buffer", Assert.Throws<ArgumentNullException>(() => call(null!, 0, 0)).ParamName);
            Assert.Equal("offset", Assert.Throws<ArgumentOutOfRangeException>(() => call(buffer, -1, 2)).ParamName);
            Assert.Equal("count", Assert.Throws<ArgumentOutOfRangeException>(() => call(buffer, 3, 2)).ParamName);
        });
        Assert.Equal("abc", (await stream.ReadExactlyAsync(3).Within()).ToText());
    }
}
