using System.Diagnostics;
using System.Net.Sockets;

namespace Kestrel.Streams.Tests;

public class PeerCredentialsTests
{
    private const string Connect = "import socket, sys; s = socket.socket(socket.AF_UNIX); s.connect(sys.argv[1]); s.sendall(b'here'); s.recv(1)";

    [Fact]
    public async Task A_Unix_peer_tells_its_process_user_and_group_also_after_the_close()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Linux tells them.");
        var directory = Directory.CreateTempSubdirectory();
        using var listener = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        var path = Path.Combine(directory.FullName, "socket");
        listener.Bind(new UnixDomainSocketEndPoint(path));
        listener.Listen();
        using var python = Process.Start(new ProcessStartInfo(Programs.PathOf("python3"), ["-c", Connect, path]) { UseShellExecute = false })!;
        var stream = Streams.Over(StreamTransport.FromSocket(await listener.AcceptAsync().Within()));
        Assert.Equal("here", (await stream.ReadExactlyAsync(4).Within()).ToText());
        var status = await File.ReadAllLinesAsync($"/proc/{python.Id}/status");
        var expected = new UnixPeerCredentials(python.Id, IdOf(status, "Uid:"), IdOf(status, "Gid:"));
        Assert.Equal(expected, stream.GetExtraInfo("peercred"));
        await stream.CloseAsync().Within();
        await python.WaitForExitAsync().Within();
        Assert.Equal(expected, stream.GetExtraInfo("peercred"));
        directory.Delete(recursive: true);
    }

    [Fact]
    public async Task Both_ends_of_a_Unix_connection_know_each_other()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Linux tells them.");
        var (client, server) = await StreamPairs.UnixPairAsync();
        await using var first = Streams.Over(StreamTransport.FromSocket(client));
        await using var second = Streams.Over(StreamTransport.FromStream(new NetworkStream(server, ownsSocket: true)));
        foreach (var stream in new[] { first, second })
            Assert.Equal(Environment.ProcessId, Assert.IsType<UnixPeerCredentials>(stream.GetExtraInfo("peercred")).ProcessId);
    }

    [Fact]
    public async Task Over_TCP_and_in_memory_there_are_none()
    {
        var (client, server) = await Streams.TcpPairAsync();
        using var peer = client;
        await using var stream = Streams.Over(StreamTransport.FromSocket(server));
        Assert.Null(stream.GetExtraInfo("peercred"));
        var (one, other) = ConnectionStream.CreatePair();
        Assert.Null(one.GetExtraInfo("peercred"));
        await one.CloseAsync().Within();
        await other.CloseAsync().Within();
    }

    /// <summary>The effective one: the second of the numbers.</summary>
    private static uint IdOf(string[] status, string name) =>
        uint.Parse(status.First(line => line.StartsWith(name, StringComparison.Ordinal)).Split('\t')[2], System.Globalization.CultureInfo.InvariantCulture);
}
