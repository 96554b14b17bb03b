using System.Buffers;
using System.IO.Pipelines;
using System.Net.Sockets;

namespace Kestrel.Streams.Tests;

public class PipeTransportTests
{
    [Fact]
    public async Task A_receive_takes_what_fits_and_leaves_the_rest()
    {
        var (transport, peer) = Create();
        await peer.Output.WriteAsync("hello"u8.ToArray()).Within();
        Assert.Equal(0, await transport.ReceiveAsync(Memory<byte>.Empty, CancellationToken.None).Within());
        var buffer = new byte[3];
        Assert.Equal(3, await transport.ReceiveAsync(buffer, CancellationToken.None).Within());
        Assert.Equal("hel", buffer.ToText());
        Assert.Equal(2, await transport.ReceiveAsync(buffer, CancellationToken.None).Within());
        await peer.Output.CompleteAsync();
        Assert.Equal(0, await transport.ReceiveAsync(buffer, CancellationToken.None).Within());
    }

    [Fact]
    public async Task A_receive_can_be_cancelled_and_the_next_one_works()
    {
        var (transport, peer) = Create();
        using var source = new CancellationTokenSource();
        var receiving = transport.ReceiveAsync(new byte[1], source.Token).AsTask();
        await source.CancelAsync();
        await receiving.ThrowsCancelledAsync(source.Token);
        await peer.Output.WriteAsync("x"u8.ToArray()).Within();
        Assert.Equal(1, await transport.ReceiveAsync(new byte[1], CancellationToken.None).Within());
    }

    [Fact]
    public async Task An_empty_flush_of_the_peer_is_no_end()
    {
        var (transport, peer) = Create();
        var receiving = transport.ReceiveAsync(new byte[1], CancellationToken.None).AsTask();
        await peer.Output.FlushAsync().Within();
        Assert.False(receiving.IsCompleted);
        await peer.Output.WriteAsync("x"u8.ToArray()).Within();
        Assert.Equal(1, await receiving.Within());
    }

    [Fact]
    public async Task A_big_send_goes_in_flushes_that_the_pipe_can_hold()
    {
        var (transport, peer) = Create();
        var data = Samples.Sequence(300_000);
        var sending = transport.SendAsync(data, CancellationToken.None).AsTask();
        Assert.Equal(0, transport.TrySend("not beside it"u8));
        var received = new List<byte>();
        while (received.Count < data.Length)
        {
            var read = await peer.Input.ReadAsync().Within();
            Assert.InRange(read.Buffer.Length, 1, 2 * 65536);
            received.AddRange(read.Buffer.ToArray());
            peer.Input.AdvanceTo(read.Buffer.End);
        }

        await sending.Within();
        Assert.Equal(data, received);
    }

    [Fact]
    public async Task A_send_that_is_tried_does_not_wait_and_the_next_one_waits_for_its_flush()
    {
        var (transport, peer) = Create(pauseAt: 10);
        Assert.Equal(20, transport.TrySend(new byte[20]));
        Assert.Equal(0, transport.TrySend("x"u8));
        using var source = new CancellationTokenSource();
        var sending = transport.SendAsync("x"u8.ToArray(), source.Token).AsTask();
        await source.CancelAsync();
        await sending.ThrowsCancelledAsync(source.Token);
        var read = await peer.Input.ReadAsync().Within();
        peer.Input.AdvanceTo(read.Buffer.End);
        await transport.SendAsync("yz"u8.ToArray(), CancellationToken.None).Within();
        Assert.Equal(1, transport.TrySend("!"u8));
    }

    [Fact]
    public async Task A_peer_that_reads_no_more_is_an_error_of_the_socket_kind()
    {
        var (transport, peer) = Create(pauseAt: 10);
        Assert.Equal(20, transport.TrySend(new byte[20]));
        var sending = transport.SendAsync("x"u8.ToArray(), CancellationToken.None).AsTask();
        await peer.Input.CompleteAsync();
        Assert.Equal(SocketError.ConnectionReset, (await Assert.ThrowsAsync<SocketException>(() => sending.Within())).SocketErrorCode);
        (transport, peer) = Create();
        await peer.Input.CompleteAsync();
        Assert.Throws<SocketException>(() => transport.TrySend("x"u8));
        (transport, peer) = Create(pauseAt: 10);
        Assert.Equal(20, transport.TrySend(new byte[20]));
        await peer.Input.CompleteAsync();
        await Assert.ThrowsAsync<SocketException>(() => TryUntilTakenAsync(transport).Within());
    }

    [Fact]
    public async Task The_end_completes_both_pipes()
    {
        var (transport, peer) = Create();
        Assert.Equal(1, transport.TrySend("x"u8));
        await transport.DisposeAsync().Within();
        await transport.DisposeAsync().Within();
        transport.Abort(null);
        var read = await peer.Input.ReadAsync().Within();
        Assert.True(read.IsCompleted);
        Assert.Equal(1, read.Buffer.Length);
        Assert.True((await peer.Output.WriteAsync("x"u8.ToArray()).Within()).IsCompleted);
        await Assert.ThrowsAsync<ObjectDisposedException>(() => transport.ReceiveAsync(new byte[1], CancellationToken.None).Within());
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task The_end_ends_a_pending_receive(bool abort)
    {
        var (transport, peer) = Create();
        var receiving = transport.ReceiveAsync(new byte[1], CancellationToken.None).AsTask();
        if (abort) transport.Abort(null);
        else await transport.DisposeAsync().Within();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => receiving.Within());
        await FlushUntilCompletedAsync(peer).Within();
    }

    [Fact]
    public async Task An_abort_shows_the_peer_its_reason()
    {
        var (transport, peer) = Create();
        var reason = new InvalidDataException("bad frame");
        transport.Abort(reason);
        Assert.Same(reason, await Assert.ThrowsAsync<InvalidDataException>(() => peer.Input.ReadAsync().Within()));
        (transport, peer) = Create();
        transport.Abort(null);
        await Assert.ThrowsAsync<OperationCanceledException>(() => peer.Input.ReadAsync().Within());
    }

    [Fact]
    public async Task An_abort_ends_a_pending_send_and_sends_no_more_of_it()
    {
        var (transport, peer) = Create(pauseAt: 10);
        var sending = transport.SendAsync(new byte[300_000], CancellationToken.None).AsTask();
        Assert.False(sending.IsCompleted);
        transport.Abort(new InvalidDataException("bad frame"));
        await sending.FailsAsync();
        await Assert.ThrowsAsync<InvalidDataException>(() => ReadAllAsync(peer.Input).Within());
    }

    [Fact]
    public async Task An_abort_with_a_flush_under_way_completes_the_pipe_when_that_has_ended()
    {
        var (transport, peer) = Create(pauseAt: 10);
        Assert.Equal(20, transport.TrySend(new byte[20]));
        transport.Abort(new InvalidDataException("bad frame"));
        await Assert.ThrowsAsync<InvalidDataException>(() => ReadAllAsync(peer.Input).Within());
    }

    [Fact]
    public void Pipes_must_be_given() =>
        Assert.Equal("pipe", Assert.Throws<ArgumentNullException>(() => StreamTransport.FromPipe(null!)).ParamName);

    private static async Task TryUntilTakenAsync(StreamTransport transport)
    {
        while (transport.TrySend("x"u8) == 0) await Task.Yield();
    }

    private static async Task ReadAllAsync(PipeReader reader)
    {
        while (true)
        {
            var read = await reader.ReadAsync();
            reader.AdvanceTo(read.Buffer.End);
            if (read.IsCompleted) return;
        }
    }

    private static async Task FlushUntilCompletedAsync(DuplexPipes pipes)
    {
        while (!(await pipes.Output.FlushAsync()).IsCompleted) await Task.Yield();
    }

    private static (StreamTransport Transport, DuplexPipes Peer) Create(long pauseAt = 65536)
    {
        var (client, server) = DuplexPipes.CreatePair(pauseAt);
        return (StreamTransport.FromPipe(client), server);
    }
}
