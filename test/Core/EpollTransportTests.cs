using System.Net;
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
        for (var i = 0; i < Rounds.Of(200); i++)
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

    [Fact]
    public async Task A_write_that_waits_for_room_on_the_thread_of_the_loop_goes_on_when_there_is_some()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "The transport is that of Linux.");
        const int length = 16 << 20;
        var (client, server) = await Streams.TcpPairAsync();
        using var peer = client;
        await using var stream = Streams.Over(SocketTransport.Over(server, ownsSocket: true, isInline: true));
        var writing = AnswerAsync();
        peer.Send("go\n"u8);
        var buffer = new byte[64 * 1024];
        for (var left = length; left > 0;) left -= await peer.ReceiveAsync(buffer).Within();
        await writing.Within();

        async Task AnswerAsync()
        {
            await stream.ReadLineAsync().ConfigureAwait(false);
            // It blocks above 64 KiB, by contract.
            for (var sent = 0; sent < length; sent += 1 << 20) stream.Write(new byte[1 << 20]);
        }
    }

    [Fact]
    public async Task A_connection_that_is_reset_when_it_is_just_made_is_an_error_of_the_network()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "The transport is that of Linux.");
        using var listener = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        listener.Listen();
        var reset = Task.Run(() =>
        {
            for (var i = 0; i < 2000; i++)
            {
                using var accepted = listener.Accept();
                accepted.LingerState = new LingerOption(enable: true, seconds: 0);
            }
        });
        for (var i = 0; i < 2000; i++)
        {
            using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            try
            {
                using var connected = await EpollConnect.ConnectAsync(socket, listener.LocalEndPoint!, CancellationToken.None);
                Assert.True(connected.Connected);
            }
            catch (SocketException e)
            {
                Assert.Equal(SocketError.ConnectionReset, e.SocketErrorCode);
            }
        }

        await reset.Within();
    }

    [Fact]
    public async Task Hundreds_wait_at_once_and_each_is_told_of_its_own()
    {
        var pairs = new List<(ConnectionStream Stream, Socket Peer)>();
        for (var i = 0; i < 200; i++)
        {
            var (client, server) = await StreamPairs.UnixPairAsync();
            pairs.Add((ConnectionStream.Create(StreamTransport.FromSocket(server)), client));
        }

        var reads = pairs.Select(static pair => pair.Stream.ReadLineAsync().AsTask()).ToList();
        for (var i = pairs.Count - 1; i >= 0; i--) await pairs[i].Peer.SendAsync($"{i}\n".ToBytes()).Within();
        for (var i = 0; i < pairs.Count; i++) Assert.Equal($"{i}\n", (await reads[i].Within()).ToText());
        foreach (var (stream, peer) in pairs)
        {
            await stream.CloseAsync().Within();
            peer.Dispose();
        }
    }

    [Fact]
    public async Task A_connect_with_a_token_that_has_fired_begins_nothing()
    {
        using var listener = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        listener.Listen();
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        var fired = new CancellationToken(canceled: true);
        await EpollConnect.ConnectAsync(socket, listener.LocalEndPoint!, fired).ThrowsCancelledAsync(fired);
        Assert.False(listener.Poll(0, SelectMode.SelectRead));
    }
}
