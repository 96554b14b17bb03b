using System.Text;

namespace Kestrel.Streams.Tests;

/// <summary>A service whose sockets are its parent's: they are there before it and after it.</summary>
public sealed class SocketActivationTests
{
    public static TheoryData<string, Network> DescriptorsAndNames => new()
    {
        { "fd:3", Network.Tcp }, { "fd:3", Network.Unix }, { "systemd:lines", Network.Tcp }, { "systemd:lines", Network.Unix },
    };

    [Theory]
    [MemberData(nameof(DescriptorsAndNames))]
    public async Task Who_connects_while_the_service_is_down_is_served_when_it_is_up_again(string address, Network network)
    {
        using var place = new Place(network);
        await using var parent = await Activator.ListenAsync(place, [network == Network.Unix ? $"lines={place.Path}" : "lines=0"], address);
        for (var round = 0; round < 3; round++)
        {
            // There is nobody yet, or nobody any more.
            await using var early = await parent.ConnectAsync();
            await early.WriteAsync("early\n").Within();

            await parent.StartAsync();
            Assert.Equal("ok early\n", await HearAsync(early));
            await using var client = await parent.ConnectAsync();
            await client.WriteAsync("hello\n").Within();
            Assert.Equal("ok hello\n", await HearAsync(client));

            await parent.StopAsync();
            // Those it has served are told that it ends.
            Assert.Equal("", await HearAsync(early));
            Assert.Equal("", await HearAsync(client));
        }
    }

    [Fact]
    public async Task Several_sockets_of_one_name_and_sockets_of_other_names_are_told_apart()
    {
        using var place = new Place(Network.Unix);
        await using var parent = await Activator.ListenAsync(place, ["lines=0", "other=0", $"lines={place.Path}", "admin=0"], "systemd:lines", "systemd:admin");
        await parent.StartAsync();

        foreach (var index in (int[])[0, 2, 3])
        {
            await using var client = await parent.ConnectAsync(index);
            await client.WriteAsync($"socket {index}\n").Within();
            Assert.Equal($"ok socket {index}\n", await HearAsync(client));
        }

        // Nobody has asked for this one: it stays its parent's.
        await using var waiting = await parent.ConnectAsync(1);
        await waiting.WriteAsync("anybody?\n").Within();
        await parent.StopAsync();
        Assert.DoesNotContain("anybody?", await File.ReadAllTextAsync(place.FileAt("journal")), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Systemd_s_own_activator_starts_the_service_at_the_first_connection()
    {
        using var place = new Place(Network.Tcp);
        var port = place.ReservePort();
        // Its own variables are the only ones it hands on, unless told otherwise.
        await using var activator = await Peer.StartAsync(
            "systemd-socket-activate", ["-l", $"127.0.0.1:{port}", "--fdname=lines", "-E", "PATH", "-E", "HOME", "-E", "DOTNET_ROOT", .. JournalHost.Command(place, "systemd:lines")],
            static async peer => await peer.ErrorLineAsync("Listening on "));

        await using var client = await StreamClient.ConnectAsync("127.0.0.1", port).Within();
        await client.WriteAsync("hello\n").Within();
        Assert.Equal("ok hello\n", await HearAsync(client));

        await activator.SignalAsync("TERM");
        await activator.SucceedAsync();
    }

    [Theory]
    [InlineData("systemd:mail", "no socket of this name was passed, only lines, admin; give the FileDescriptorName of the socket unit.")]
    [InlineData("fd:900", "descriptor 900 is not open; have the parent pass a listening socket under this number.")]
    public async Task A_socket_that_was_not_passed_is_told_in_one_line(string address, string why)
    {
        using var place = new Place(Network.Tcp);
        await using var parent = await Activator.ListenAsync(place, ["lines=0", "admin=0"], address);

        Assert.EndsWith($"Cannot listen on {address}: {why}", await parent.StartInVainAsync(), StringComparison.Ordinal);
    }

    private static async Task<string> HearAsync(ConnectionStream client) => Encoding.UTF8.GetString(await client.ReadLineAsync().Within());
}
