using System.Net.Sockets;

namespace Kestrel.Streams.Tests;

public class MemoryTransportTests
{
    [Fact]
    public async Task Either_side_may_end_first_and_the_other_goes_on()
    {
        var (client, server) = ConnectionStream.CreatePair();
        Assert.True(client.CanWriteEof);
        await client.WriteAsync("question"u8).Within();
        await client.WriteEofAsync().Within();
        Assert.Equal("question", (await server.ReadAsync().Within()).ToText());
        await server.WriteAsync("answer"u8).Within();
        await server.CloseAsync().Within();
        Assert.Equal("answer", (await client.ReadAsync().Within()).ToText());
        await client.CloseAsync().Within();
    }

    [Fact]
    public async Task An_abort_is_a_reset_for_the_other_end()
    {
        var (client, server) = ConnectionStream.CreatePair();
        var reading = server.ReadLineAsync().AsTask();
        client.Abort(new InvalidDataException("private"));
        var reset = await Assert.ThrowsAsync<IOException>(() => reading.Within());
        Assert.Equal(SocketError.ConnectionReset, Assert.IsType<SocketException>(reset.InnerException).SocketErrorCode);
        await Assert.ThrowsAsync<IOException>(() => server.WriteAsync("x"u8).Within());
        await server.CloseAsync().Within();
    }

    [Fact]
    public async Task A_writer_is_held_back_by_a_reader_that_does_not_read()
    {
        var (client, server) = ConnectionStream.CreatePair();
        var data = Samples.Sequence(1_000_000);
        var writing = client.WriteAsync(data).AsTask();
        Assert.False(writing.IsCompleted);
        Assert.Equal(data, await server.ReadExactlyAsync(data.Length).Within());
        await writing.Within();
        await client.CloseAsync().Within();
        await server.CloseAsync().Within();
    }

    [Fact]
    public async Task A_writer_against_an_end_that_has_closed_sees_an_error_soon()
    {
        var (client, server) = ConnectionStream.CreatePair();
        await using var closing = client;
        await server.CloseAsync().Within();
        await Assert.ThrowsAsync<IOException>(async () =>
        {
            for (var i = 0; i < 10; i++) await client.WriteAsync("x"u8).Within();
        });
    }

    [Fact]
    public async Task An_abort_while_a_write_waits_drops_the_rest()
    {
        var (client, server) = ConnectionStream.CreatePair();
        var writing = client.WriteAsync(new byte[1_000_000]).AsTask();
        client.Abort();
        await writing.ThrowsClosedAsync();
        await Assert.ThrowsAsync<IOException>(() => server.ReadAsync().Within());
        await server.CloseAsync().Within();
    }
}
