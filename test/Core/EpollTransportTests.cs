using System.Net.Sockets;

namespace Kestrel.Streams.Tests;

/// <summary>What could be lost between an event of the kernel and a receive that is not tried because there was none.</summary>
public class EpollTransportTests
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_receive_that_stops_at_urgent_data_is_followed_by_another(bool isInline)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "The transport is that of Linux.");
        var (client, server) = await Streams.TcpPairAsync();
        using var peer = client;
        await using var stream = Streams.Over(SocketTransport.Over(server, ownsSocket: true, isInline));
        for (var i = 0; i < 200; i++)
        {
            var reading = stream.ReadExactlyAsync(4).AsTask();
            peer.Send("ab"u8);
            peer.Send("!"u8, SocketFlags.OutOfBand);
            peer.Send("cd"u8);
            Assert.Equal("abcd", (await reading.Within()).ToText());
        }
    }

    [Fact]
    public async Task An_idle_connection_holds_no_block()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "The transport is that of Linux.");
        var (client, server) = await Streams.TcpPairAsync();
        using var peer = client;
        await using var stream = Streams.Over(StreamTransport.FromSocket(server));
        for (var i = 0; i < 3; i++)
        {
            var reading = stream.ReadLineAsync().AsTask();
            Assert.False(stream.Input.Buffer.HasBlock);
            peer.Send("line\n"u8);
            await reading.Within();
        }
    }
}
