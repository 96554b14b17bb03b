using System.Net.Sockets;

namespace Kestrel.Streams.Tests;

/// <summary>What may come beside the release of a socket.</summary>
public sealed class SocketTransportRaceTests : IDisposable
{
    private readonly Rival _rival = new();
    private readonly Wire _wire = Wire.Of("TCP");

    /// <summary>.NET resets a connection that it closes beside a call on its socket.</summary>
    [Fact]
    public Task A_look_at_what_is_untaken_beside_the_close_never_makes_a_reset_of_it() => Race.RunAsync(1500, async random =>
    {
        var (client, server) = _wire.Sockets();
        var transport = StreamTransport.FromSocket(server);
        client.Shutdown(SocketShutdown.Send);
        Assert.Equal(0, await transport.ReceiveAsync(new byte[10], CancellationToken.None).Within());
        await transport.SendAsync(Content.At(0, 1000), CancellationToken.None).Within();

        var (closing, looking) = _rival.Meet(random.Next(50), () => transport.DisposeAsync().AsTask(), random.Next(50), () =>
        {
            transport.CountUntaken();
            return Task.CompletedTask;
        });
        await Task.WhenAll(closing, looking).Within();

        using (client)
        {
            var received = 0;
            while (await client.ReceiveAsync(new byte[5000]).Within() is > 0 and var count) received += count;
            Assert.Equal(1000, received);
        }
    });

    [Fact]
    public Task An_abort_beside_the_beginning_of_a_close_does_not_wait_for_the_peer() => Race.RunAsync(1500, async random =>
    {
        var (client, server) = _wire.Sockets();
        var transport = StreamTransport.FromSocket(server);
        client.Send(Content.At(0, 100).Span); // unread input: the close waits for the peer's end, up to a second
        Assert.True(server.Poll(1_000_000, SelectMode.SelectRead));

        var (closing, aborting) = _rival.Meet(random.Next(50), () => transport.DisposeAsync().AsTask(), random.Next(100), () =>
        {
            transport.Abort(reason: null);
            return Task.CompletedTask;
        });
        await aborting.Within();

        Assert.True(server.SafeHandle.IsClosed);
        await closing.Within();
        client.Dispose();
    });

    public void Dispose()
    {
        _rival.Dispose();
        _wire.Dispose();
    }
}
