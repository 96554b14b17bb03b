using System.Net;
using System.Net.Sockets;

namespace Kestrel.Streams.Tests;

public class ConnectArgumentsTests
{
    [Fact]
    public async Task A_null_argument_is_named()
    {
        await Assert.ThrowsAsync<ArgumentNullException>("host", () => StreamClient.ConnectAsync((string)null!, 1));
        await Assert.ThrowsAsync<ArgumentNullException>("endPoint", () => StreamClient.ConnectAsync((EndPoint)null!));
        await Assert.ThrowsAsync<ArgumentNullException>("socket", () => StreamClient.ConnectAsync((Socket)null!));
        await Assert.ThrowsAsync<ArgumentNullException>("path", () => StreamClient.ConnectUnixAsync(null!));
    }

    [Fact]
    public async Task An_empty_host_is_refused() =>
        await Assert.ThrowsAsync<ArgumentException>("host", () => StreamClient.ConnectAsync("", 1));

    [Theory]
    [InlineData(0)]
    [InlineData(-1)]
    [InlineData(65536)]
    public async Task A_port_out_of_range_is_refused(int port)
    {
        var error = await Assert.ThrowsAsync<ArgumentOutOfRangeException>(nameof(port), () => StreamClient.ConnectAsync("127.0.0.1", port));

        Assert.StartsWith($"The port is {port}: a port to connect to is from 1 to 65535.", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_end_point_with_port_0_is_refused()
    {
        await Assert.ThrowsAsync<ArgumentException>("endPoint", () => StreamClient.ConnectAsync(new IPEndPoint(IPAddress.Loopback, 0)));
        var error = await Assert.ThrowsAsync<ArgumentException>("endPoint", () => StreamClient.ConnectAsync(new DnsEndPoint("localhost", 0)));

        Assert.StartsWith("The end point localhost:0 has port 0", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_end_point_of_another_kind_is_refused()
    {
        var error = await Assert.ThrowsAsync<ArgumentException>("endPoint", () => StreamClient.ConnectAsync(new OddEndPoint()));

        Assert.Contains(nameof(OddEndPoint), error.Message, StringComparison.Ordinal);
    }

    private sealed class OddEndPoint : EndPoint;
}
