using System.Net;
using System.Text;

namespace Kestrel.Streams.Tests;

/// <summary>What lies between the two ends: time, room, and what they know of each other.</summary>
public class StreamPairTests
{
    private static readonly TimeSpan _second = TimeSpan.FromSeconds(1);

    private readonly ManualTime _time = new();

    [Fact]
    public async Task Both_ends_speak_and_listen()
    {
        var (client, server) = StreamPair.Create();
        await using var one = client;
        await using var other = server;

        await client.WriteAsync("question\n").Within();
        Assert.Equal("question", await server.ReadLineAsync(Encoding.UTF8).Within());
        await client.WriteEofAsync().Within();
        Assert.Empty(await server.ReadToEndAsync().Within());
        await server.WriteAsync("answer").Within();
        await server.CloseAsync().Within();

        Assert.Equal("answer", await client.ReadToEndAsync().TextAsync());
        Assert.False(client.IsServerSide);
        Assert.True(server.IsServerSide);
    }

    [Fact]
    public async Task A_byte_arrives_when_its_time_has_come()
    {
        await using var pair = StreamPair.Create(new StreamPairOptions { TimeProvider = _time, ToServer = { Latency = _second } });
        await pair.Client.WriteAsync("1").Within();
        _time.Advance(_second / 2);
        await pair.Client.WriteAsync("2").Within();
        var first = pair.Server.ReadAsync(10).AsTask();
        await _time.TimerAsync(_second / 2).Within();
        Assert.False(first.IsCompleted);

        _time.Advance(_second / 2);
        Assert.Equal("1", await first.TextAsync());
        var second = pair.Server.ReadAsync(10).AsTask();
        await _time.AdvanceToTimerAsync(_second / 2);
        Assert.Equal("2", await second.TextAsync());
    }

    [Fact]
    public async Task An_end_is_on_its_way_as_long_as_a_byte_and_the_other_way_is_not_held_up()
    {
        await using var pair = StreamPair.Create(new StreamPairOptions { TimeProvider = _time, ToServer = { Latency = _second } });
        await pair.Client.WriteEofAsync().Within();
        var end = pair.Server.ReadAsync(10).AsTask();
        await _time.TimerAsync(_second).Within();
        Assert.False(end.IsCompleted);
        await pair.Server.WriteAsync("at once").Within();
        Assert.Equal("at once", await pair.Client.ReadAsync(10).TextAsync());

        _time.Advance(_second);
        Assert.Empty(await end.Within());
    }

    [Fact]
    public async Task A_pause_makes_a_peer_that_trickles()
    {
        await using var pair = StreamPair.Create(new StreamPairOptions { TimeProvider = _time, ToServer = { Cuts = Cuts.Every(2), Pause = _second } });
        await pair.Client.WriteAsync("abcd\n").Within();
        var line = pair.Server.ReadLineAsync().AsTask();
        await _time.AdvanceToTimerAsync(_second);
        await _time.TimerAsync(_second).Within();
        Assert.False(line.IsCompleted);
        _time.Advance(_second);

        Assert.Equal("abcd\n", await line.TextAsync());
    }

    [Fact]
    public async Task On_the_clock_of_the_system_bytes_arrive_too()
    {
        await using var pair = StreamPair.Create(
            new StreamPairOptions { ToServer = { Latency = TimeSpan.FromMilliseconds(2), Cuts = Cuts.EveryByte, Pause = TimeSpan.FromMilliseconds(0.1) } });
        await pair.Client.WriteAsync("hello\n").Within();
        Assert.Equal("hello\n", await pair.Server.ReadLineAsync().TextAsync());
    }

    [Fact]
    public async Task Little_room_holds_the_sender_back()
    {
        await using var pair = StreamPair.Create(new StreamPairOptions { ToServer = { Room = 3 } });
        var write = pair.Client.WriteAsync("12345"u8.ToArray()).AsTask();
        Assert.False(write.IsCompleted);

        Assert.Equal("123", await pair.Server.ReadAsync(10).TextAsync());
        await write.Within();
        Assert.Equal("45", await pair.Server.ReadAsync(10).TextAsync());
    }

    [Fact]
    public async Task Each_end_knows_the_other_and_the_server_what_it_was_told()
    {
        var user = new object();
        var options = new StreamPairOptions
        {
            ClientEndPoint = new IPEndPoint(IPAddress.Parse("192.0.2.7"), 40000),
            ServerEndPoint = new DnsEndPoint("mail.example", 25),
            ServerExtraInfo = { ["user"] = user },
            Streams = new ConnectionStreamOptions { Limit = 80 },
        };
        await using var pair = StreamPair.Create(options);

        Assert.Equal((options.ServerEndPoint, options.ClientEndPoint), (pair.Server.LocalEndPoint, pair.Server.RemoteEndPoint));
        Assert.Equal((options.ClientEndPoint, options.ServerEndPoint), (pair.Client.LocalEndPoint, pair.Client.RemoteEndPoint));
        Assert.Equal(options.ClientEndPoint, pair.Server.GetExtraInfo("peername"));
        Assert.Same(user, pair.Server.GetExtraInfo("user"));
        Assert.Null(pair.Client.GetExtraInfo("user"));
        Assert.Equal((80, 80), (pair.Client.Limit, pair.Server.Limit));
    }

    [Fact]
    public void Options_that_cannot_be_are_refused()
    {
        Assert.Throws<ArgumentOutOfRangeException>("Room", static () => new WireOptions { Room = 0 });
        Assert.Throws<ArgumentOutOfRangeException>("Latency", static () => new WireOptions { Latency = -_second });
        Assert.Throws<ArgumentOutOfRangeException>("Pause", static () => new WireOptions { Pause = -_second });
        Assert.Throws<ArgumentNullException>(static () => new StreamPairOptions { TimeProvider = null! });
    }
}
