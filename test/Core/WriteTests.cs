using System.Runtime.InteropServices;

namespace Kestrel.Streams.Tests;

public class WriteTests
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task It_leaves_promptly_without_another_call(bool tries)
    {
        var transport = new ScriptedTransport { Tries = tries, Room = 0, HoldsSends = true };
        await using var stream = Streams.Over(transport);
        stream.Write("hello"u8);
        var send = await transport.NextSendAsync();
        Assert.Equal("hello", send.Data.ToText());
        send.Complete();
        await stream.FlushAsync().Within();
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task The_array_of_the_caller_goes_to_the_transport_uncopied(bool asMemory)
    {
        var transport = new ScriptedTransport { HoldsSends = true };
        await using var stream = Streams.Over(transport);
        byte[] data = [.. "hello"u8];
        var writing = asMemory ? stream.WriteAsync(data.AsMemory()).AsTask() : stream.WriteAsync(data).AsTask();
        var send = await transport.NextSendAsync();
        Assert.True(MemoryMarshal.TryGetArray(send.Data, out var array));
        Assert.Same(data, array.Array);
        Assert.False(writing.IsCompleted);
        send.Complete();
        await writing.Within();
    }

    [Fact]
    public async Task The_array_of_the_caller_is_tried_uncopied()
    {
        byte[] data = [.. "hello"u8];
        var same = new List<bool>();
        var transport = new ScriptedTransport
        {
            Tries = true,
            OnTry = tried => same.Add(System.Runtime.CompilerServices.Unsafe.AreSame(
                ref MemoryMarshal.GetReference(tried), ref MemoryMarshal.GetArrayDataReference(data))),
        };
        await using var stream = Streams.Over(transport);
        await stream.WriteAsync(data).Within();
        await stream.WriteAsync(data.AsMemory()).Within();
        await stream.WriteAsync(data, 0, 5, CancellationToken.None).Within();
        Assert.Equal([true, true, true], same);
    }

    [Fact]
    public async Task A_span_is_copied_before_the_call_returns()
    {
        var transport = new ScriptedTransport { HoldsSends = true };
        await using var stream = Streams.Over(transport);
        var data = "hello"u8.ToArray();
        var writing = stream.WriteAsync(data.AsSpan()).AsTask();
        data.AsSpan().Clear();
        var send = await transport.NextSendAsync();
        Assert.Equal("hello", send.Data.ToText());
        send.Complete();
        await writing.Within();
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Done_only_when_all_is_below(bool tries)
    {
        var transport = new ScriptedTransport { Tries = tries, Room = 2, HoldsSends = true };
        await using var stream = Streams.Over(transport);
        var writing = stream.WriteAsync("hello"u8.ToArray()).AsTask();
        var send = await transport.NextSendAsync();
        Assert.Equal(tries ? "llo" : "hello", send.Data.ToText());
        Assert.False(writing.IsCompleted);
        send.Complete();
        await writing.Within();
        Assert.Equal("hello", transport.Sent.ToText());
    }

    [Fact]
    public async Task What_is_left_of_a_big_write_goes_as_there_is_room()
    {
        var transport = new ScriptedTransport { Tries = true, Room = 1000, HoldsSends = true };
        await using var stream = Streams.Over(transport);
        var data = Samples.Sequence(500_000);
        var writing = stream.WriteAsync(data).AsTask();
        (await transport.NextSendAsync()).Complete();
        var second = await transport.NextSendAsync();
        transport.Room = int.MaxValue;
        second.Complete();
        await writing.Within();
        Assert.Equal(data, transport.Sent);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Nothing_behind_what_is_unsent_is_done_when_that_is_below(bool tries)
    {
        var transport = new ScriptedTransport { Tries = tries, Room = 0, HoldsSends = true };
        await using var stream = Streams.Over(transport);
        stream.Write("before"u8);
        var writes = new[] { stream.WriteAsync(Array.Empty<byte>()).AsTask(), stream.WriteAsync([]).AsTask(), stream.WriteAsync("").AsTask() };
        var send = await transport.NextSendAsync();
        Assert.DoesNotContain(writes, static write => write.IsCompleted);
        send.Complete();
        await Task.WhenAll(writes).Within();
        Assert.Equal("before", transport.Sent.ToText());
    }

    [Fact]
    public async Task Nothing_is_done_at_once()
    {
        var transport = new ScriptedTransport { HoldsSends = true };
        await using var stream = Streams.Over(transport);
        Assert.True(stream.WriteAsync(Array.Empty<byte>()).AsTask().IsCompletedSuccessfully);
        Assert.True(stream.WriteAsync([]).AsTask().IsCompletedSuccessfully);
        Assert.True(stream.WriteAsync("").AsTask().IsCompletedSuccessfully);
        Assert.Empty(transport.Log);
        Assert.Equal("data", Assert.Throws<ArgumentNullException>(() => { _ = stream.WriteAsync((byte[])null!).AsTask(); }).ParamName);
    }

    [Fact]
    public async Task A_read_only_stream_cannot_be_written()
    {
        await using var stream = Streams.Over(new ScriptedTransport { Ways = StreamMode.Read });
        Assert.Equal("The stream is read-only.", Assert.Throws<NotSupportedException>(() => stream.Write("x"u8)).Message);
        await Assert.ThrowsAsync<NotSupportedException>(() => stream.WriteAsync("x"u8.ToArray()).Within());
        await Assert.ThrowsAsync<NotSupportedException>(() => stream.DrainAsync().Within());
        await Assert.ThrowsAsync<NotSupportedException>(() => stream.WriteEofAsync().Within());
        Assert.False(stream.CanWrite);
        Assert.False(stream.CanWriteEof);
        Assert.True(stream.CanRead);
    }
}
