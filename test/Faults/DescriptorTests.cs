using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace Kestrel.Streams.Tests;

/// <summary>No file descriptors left: each test has a process of its own to starve.</summary>
public class DescriptorTests
{
    [Fact]
    public Task A_listener_recovers_by_itself_and_neither_spins_nor_floods_the_log() => ChildProcess.PassesAsync(ShortOfDescriptors.AcceptAsync);

    [Fact]
    public Task A_connection_that_ends_gives_its_descriptor_to_one_that_waits() => ChildProcess.PassesAsync(ShortOfDescriptors.AcceptOneByOneAsync);

    [Fact]
    public Task A_listener_survives_that_there_is_none_for_a_loop() => ChildProcess.PassesAsync(ShortOfDescriptors.InlineLoopAsync);

    [Fact]
    public Task A_connect_says_so_and_the_next_one_succeeds() => ChildProcess.PassesAsync(ShortOfDescriptors.ConnectAsync);

    [Fact]
    public Task A_stream_that_gets_none_takes_nothing_from_the_other_one_over_its_socket() => ChildProcess.PassesAsync(ShortOfDescriptors.TwoStreamsOverOneSocketAsync);

    /// <summary>A whole program whose system allows it 150, at which 90 knock: no more than may wait to be accepted.</summary>
    [Fact]
    public async Task A_program_with_more_connections_than_descriptors_serves_them_all_in_the_end()
    {
        await using var server = ChildProcess.EchoServer("prlimit", "--nofile=150:150");
        var endPoint = IPEndPoint.Parse((await server.LineAsync()).Split(' ')[^1]);
        var complaint = server.ErrorLineAsync();
        var peers = new List<Socket>();
        while (peers.Count < 90)
        {
            peers.Add(FaultProxy.NewSocket(AddressFamily.InterNetwork));
            await peers[^1].ConnectAsync(endPoint).Within();
        }

        Assert.Contains("Too many open files", await complaint.Within(), StringComparison.Ordinal);
        var before = server.ProcessorTime;
        foreach (var peer in peers)
        {
            await peer.SendAsync("hello\n"u8.ToArray()).Within();
            Assert.True(await Blackhole.EndsInOrderAsync(peer));
            peer.Dispose();
        }

        TestContext.Current.TestOutputHelper!.WriteLine(string.Create(
            CultureInfo.InvariantCulture, $"{peers.Count} connections, {(server.ProcessorTime - before).TotalMilliseconds} ms of a processor to serve them"));
    }
}
