using System.Net;

namespace Kestrel.Streams.Tests;

/// <summary>A transport of a user, with nothing but what must be written: what the others do by default.</summary>
public class OwnTransportTests
{
    [Fact]
    public async Task The_defaults_are_a_connection_without_addresses_that_can_do_no_more_than_it_must()
    {
        await using var transport = new Least();
        Assert.Equal(StreamMode.ReadWrite, transport.Mode);
        Assert.False(transport.CanWriteEof);
        Assert.False(transport.CanTrySend);
        Assert.Equal(0, transport.TrySend("x"u8));
        Assert.Null(transport.LocalEndPoint);
        Assert.Null(transport.RemoteEndPoint);
        Assert.Null(transport.GetExtraInfo("peername"));
        await Assert.ThrowsAsync<NotSupportedException>(() => transport.SendEofAsync(CancellationToken.None).Within());
    }

    [Fact]
    public void Its_addresses_are_known_by_their_names()
    {
        var transport = new Known();
        Assert.Same(transport.LocalEndPoint, transport.GetExtraInfo("sockname"));
        Assert.Same(transport.RemoteEndPoint, transport.GetExtraInfo("peername"));
        Assert.Null(transport.GetExtraInfo("socket"));
    }

    [Fact]
    public async Task A_stream_over_it_works()
    {
        var transport = new Least();
        var stream = Streams.Over(transport);
        Assert.False(stream.CanWriteEof);
        await Assert.ThrowsAsync<NotSupportedException>(() => stream.WriteEofAsync().Within());
        stream.Write("a"u8);
        await stream.WriteAsync("b"u8.ToArray()).Within();
        Assert.Equal("line\n", (await stream.ReadLineAsync().Within()).ToText());
        Assert.Empty(await stream.ReadLineAsync().Within());
        await stream.CloseAsync().Within();
        Assert.Equal("ab", transport.Sent.ToArray().ToText());
        Assert.True(transport.IsDisposed);
    }

    [Fact]
    public async Task One_that_says_it_can_try_and_never_takes_anything_works()
    {
        var transport = new Unwilling();
        var stream = Streams.Over(transport);
        var data = Samples.Sequence(100_000);
        await stream.WriteAsync(data).Within();
        stream.Write("end"u8);
        await stream.CloseAsync().Within();
        Assert.Equal([.. data, .. "end"u8], transport.Sent.ToArray());
    }

    [Theory]
    [InlineData(6)]
    [InlineData(-1)]
    public async Task One_that_says_it_took_more_than_there_was_breaks_its_own_connection_and_nothing_else(int taken)
    {
        await using var stream = Streams.Over(new Boasting { Taken = taken });
        var writing = stream.WriteAsync("hello"u8.ToArray()).AsTask();
        var fault = await Assert.ThrowsAsync<IOException>(() => writing.Within());
        Assert.Contains($"The Boasting took {taken} of 5 bytes", fault.Message, StringComparison.Ordinal);

        // Sent by the sweeper, which works for all streams.
        await using var other = Streams.Over(new Boasting { Taken = taken });
        other.Write("hello"u8);
        await other.Closed.Fired().Within();
        var third = new ScriptedTransport { HoldsSends = true };
        await using var healthy = Streams.Over(third);
        healthy.Write("hello"u8);
        (await third.NextSendAsync()).Complete();
    }

    [Theory]
    [InlineData(100_000)]
    [InlineData(-1)]
    public async Task One_that_says_it_brought_more_than_there_was_room_for_breaks_its_connection(int brought)
    {
        await using var stream = Streams.Over(new Boasting { Brought = brought });
        var fault = await Assert.ThrowsAsync<IOException>(() => stream.ReadLineAsync().Within());
        Assert.Contains($"The Boasting brought {brought} bytes", fault.Message, StringComparison.Ordinal);
        await Assert.ThrowsAsync<IOException>(() => stream.ReadExactlyAsync(70_000).Within());
    }

    private class Least : StreamTransport
    {
        private readonly MemoryStream _input = new("line\n"u8.ToArray());

        public MemoryStream Sent { get; } = new();

        public bool IsDisposed { get; private set; }

        public override ValueTask<int> ReceiveAsync(Memory<byte> buffer, CancellationToken cancellationToken) =>
            _input.ReadAsync(buffer, cancellationToken);

        public override ValueTask SendAsync(ReadOnlyMemory<byte> data, CancellationToken cancellationToken) =>
            Sent.WriteAsync(data, cancellationToken);

        public override void Abort(Exception? reason) => IsDisposed = true;

        public override ValueTask DisposeAsync()
        {
            IsDisposed = true;
            return ValueTask.CompletedTask;
        }
    }

    private sealed class Known : Least
    {
        public override EndPoint LocalEndPoint { get; } = new DnsEndPoint("here", 1);

        public override EndPoint RemoteEndPoint { get; } = new DnsEndPoint("there", 2);
    }

    private sealed class Boasting : Least
    {
        public int Taken { get; init; }

        public int Brought { get; init; }

        public override bool CanTrySend => true;

        public override int TrySend(ReadOnlySpan<byte> data) => Taken;

        public override ValueTask<int> ReceiveAsync(Memory<byte> buffer, CancellationToken cancellationToken) => ValueTask.FromResult(Brought);
    }

    private sealed class Unwilling : Least
    {
        public override bool CanTrySend => true;
    }
}
