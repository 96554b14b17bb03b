namespace Kestrel.Streams.Tests;

public class WriteLinesTests
{
    private static readonly byte[][] _parts = [[.. "one\n"u8], [], [.. "two"u8]];
    private static readonly ReadOnlyMemory<byte>[] _memories = [.. _parts.Select(part => (ReadOnlyMemory<byte>)part)];

    [Fact]
    public async Task The_parts_joined_are_one_write()
    {
        var transport = new ScriptedTransport();
        await using var stream = Streams.Over(transport);
        await stream.WriteLinesAsync(_parts).Within();
        await stream.WriteLinesAsync(_memories).Within();
        Assert.Equal(["send 7", "send 7"], transport.Log);
        Assert.Equal("one\ntwoone\ntwo", transport.Sent.ToText());
    }

    [Fact]
    public async Task The_parts_joined_are_buffered_as_one()
    {
        var transport = new ScriptedTransport();
        await using var stream = Streams.Over(transport);
        stream.WriteLines(_parts);
        stream.WriteLines(_memories);
        await stream.FlushAsync().Within();
        Assert.Equal("one\ntwoone\ntwo", transport.Sent.ToText());
    }

    [Fact]
    public async Task No_parts_are_no_bytes()
    {
        var transport = new ScriptedTransport();
        await using var stream = Streams.Over(transport);
        await stream.WriteLinesAsync(Array.Empty<byte[]>()).Within();
        stream.WriteLines(Array.Empty<ReadOnlyMemory<byte>>());
        await stream.FlushAsync().Within();
        Assert.Empty(transport.Log);
    }

    [Fact]
    public async Task Missing_parts_are_refused_and_nothing_is_sent()
    {
        var transport = new ScriptedTransport();
        await using var stream = Streams.Over(transport);
        Assert.Equal("data", Assert.Throws<ArgumentNullException>(() => stream.WriteLines((byte[][])null!)).ParamName);
        Assert.Equal("data", Assert.Throws<ArgumentNullException>(() => stream.WriteLines((ReadOnlyMemory<byte>[])null!)).ParamName);
        Assert.Equal("data", Assert.Throws<ArgumentException>(() => stream.WriteLines(["x"u8.ToArray(), null!])).ParamName);
        Assert.Equal("data", Assert.Throws<ArgumentException>(() => { _ = stream.WriteLinesAsync(["x"u8.ToArray(), null!]).AsTask(); }).ParamName);
        await stream.FlushAsync().Within();
        Assert.Empty(transport.Log);
    }
}
