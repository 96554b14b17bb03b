using System.Net;
using System.Net.Sockets;

namespace Kestrel.Streams.Tests;

/// <summary>The hosts of a server. Some take a port that was just free on all interfaces, which must not be picked for another test.</summary>
[Collection(Alone.Name)]
public class HostsTests
{
    [Fact]
    public async Task Without_a_host_the_server_listens_on_all_interfaces_in_both_families()
    {
        await using var server = new StreamServer(Talk.EchoAsync);
        await server.StartServingAsync().Within();

        Assert.Equal([IPAddress.Any, IPAddress.IPv6Any], Addresses(server));
        Assert.All(server.EndPoints, endPoint => Assert.NotEqual(0, ((IPEndPoint)endPoint).Port));
        await ServesAsync("127.0.0.1", server.EndPoints[0]);
        await ServesAsync("::1", server.EndPoints[1]);
    }

    [Fact]
    public async Task Without_a_host_one_port_is_bound_in_both_families()
    {
        var port = await FreePortAsync();
        await using var server = new StreamServer(Talk.EchoAsync, null, port);
        await server.StartServingAsync().Within();

        Assert.Equal([new IPEndPoint(IPAddress.Any, port), new IPEndPoint(IPAddress.IPv6Any, port)], server.EndPoints);
        await ServesAsync("127.0.0.1", server.EndPoints[0]);
        await ServesAsync("::1", server.EndPoints[1]);
    }

    [Theory]
    [InlineData(AddressFamily.InterNetwork, "0.0.0.0")]
    [InlineData(AddressFamily.InterNetworkV6, "::")]
    public async Task The_family_chooses_among_all_interfaces(AddressFamily family, string address)
    {
        await using var server = new StreamServer(Talk.EchoAsync, options: new StreamServerOptions { AddressFamily = family });
        await server.BindAsync().Within();

        Assert.Equal(IPAddress.Parse(address), Assert.Single(Addresses(server)));
    }

    [Fact]
    public async Task A_server_for_IPv6_leaves_the_port_of_IPv4_to_others()
    {
        var port = await FreePortAsync();
        await using var six = new StreamServer(Talk.EchoAsync, "::", port);
        await six.StartServingAsync().Within();
        await using var four = new StreamServer(Talk.EchoAsync, "0.0.0.0", port);

        await four.StartServingAsync().Within();

        Assert.Equal(port, four.Port());
    }

    [Theory]
    [InlineData("127.0.0.1")]
    [InlineData("::1")]
    public async Task An_address_is_taken_as_it_is(string host)
    {
        await using var server = new StreamServer(Talk.EchoAsync, host);
        await server.StartServingAsync().Within();

        Assert.Equal(IPAddress.Parse(host), Assert.Single(Addresses(server)));
        await ServesAsync(host, server.EndPoints[0]);
    }

    [Fact]
    public async Task A_name_means_all_its_addresses()
    {
        var expected = (await Dns.GetHostAddressesAsync("localhost")).Distinct().ToArray();
        await using var server = new StreamServer(Talk.EchoAsync, "localhost");
        await server.StartServingAsync().Within();

        Assert.Equal(expected, Addresses(server));
        await ServesAsync("localhost", server.EndPoints[0]);
    }

    [Fact]
    public async Task The_family_chooses_among_the_addresses_of_a_name()
    {
        var options = new StreamServerOptions { AddressFamily = AddressFamily.InterNetwork };
        await using var server = new StreamServer(Talk.EchoAsync, "localhost", options: options);
        await server.BindAsync().Within();

        Assert.All(Addresses(server), address => Assert.Equal(AddressFamily.InterNetwork, address.AddressFamily));
        Assert.NotEmpty(server.EndPoints);
    }

    [Theory]
    [InlineData("127.0.0.1", AddressFamily.InterNetworkV6)]
    [InlineData("::1", AddressFamily.InterNetwork)]
    public async Task An_address_of_the_other_family_is_an_error_that_names_both(string host, AddressFamily family)
    {
        await using var server = new StreamServer(Talk.EchoAsync, host, options: new StreamServerOptions { AddressFamily = family });

        var error = await Assert.ThrowsAsync<IOException>(() => server.BindAsync().Within());

        Assert.StartsWith($"Cannot listen on {host}: ", error.Message, StringComparison.Ordinal);
        Assert.Contains(family.ToString(), error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_name_that_nobody_knows_is_named()
    {
        await using var server = new StreamServer(Talk.EchoAsync, "nobody.invalid");

        var error = await Assert.ThrowsAsync<IOException>(() => server.BindAsync().Within());

        Assert.StartsWith("Cannot listen on nobody.invalid: ", error.Message, StringComparison.Ordinal);
        Assert.IsType<SocketException>(error.InnerException);
        Assert.False(server.IsBound);
    }

    [Fact]
    public async Task Several_hosts_each_have_a_port_of_their_own_where_it_is_0()
    {
        await using var server = new StreamServer(Talk.EchoAsync, options: new StreamServerOptions { Hosts = { "127.0.0.1", "::1" } });
        await server.StartServingAsync().Within();

        Assert.Equal([IPAddress.Loopback, IPAddress.IPv6Loopback], Addresses(server));
        Assert.Equal(2, server.Sockets.Count);
        await ServesAsync("127.0.0.1", server.EndPoints[0]);
        await ServesAsync("::1", server.EndPoints[1]);
    }

    [Fact]
    public async Task Several_hosts_share_the_port_that_is_given()
    {
        var port = await FreePortAsync();
        await using var server = new StreamServer(Talk.EchoAsync, null, port, new StreamServerOptions { Hosts = { "127.0.0.1", "::1" } });
        await server.StartServingAsync().Within();

        await ServesAsync("127.0.0.1", new IPEndPoint(IPAddress.Loopback, port));
        await ServesAsync("::1", new IPEndPoint(IPAddress.IPv6Loopback, port));
    }

    [Fact]
    public async Task An_address_that_is_named_twice_is_bound_once()
    {
        var options = new StreamServerOptions { Hosts = { "127.0.0.1", "127.0.0.1" }, AddressFamily = AddressFamily.InterNetwork };
        await using var server = new StreamServer(Talk.EchoAsync, options: options);
        await server.BindAsync().Within();

        Assert.Single(server.EndPoints);
    }

    [Fact]
    public async Task A_close_ends_all_addresses()
    {
        await using var server = new StreamServer(Talk.EchoAsync, options: new StreamServerOptions { Hosts = { "127.0.0.1", "::1" } });
        await server.StartServingAsync().Within();
        var endPoints = server.EndPoints;

        await server.CloseAsync().Within();

        foreach (var endPoint in endPoints) await Talk.RefusesAsync(endPoint);
    }

    private static IEnumerable<IPAddress> Addresses(StreamServer server) =>
        server.EndPoints.Select(endPoint => ((IPEndPoint)endPoint).Address);

    private static async Task ServesAsync(string host, EndPoint endPoint)
    {
        await using var client = await StreamClient.ConnectAsync(host, ((IPEndPoint)endPoint).Port).Within();
        await client.HearsItselfAsync();
    }

    /// <summary>A port that was free in both families a moment ago.</summary>
    private static async Task<int> FreePortAsync()
    {
        while (true)
        {
            using var six = new Socket(AddressFamily.InterNetworkV6, SocketType.Stream, ProtocolType.Tcp) { DualMode = false };
            six.Bind(new IPEndPoint(IPAddress.IPv6Any, 0));
            var port = ((IPEndPoint)six.LocalEndPoint!).Port;
            await using var four = new StreamServer(Talk.EchoAsync, "0.0.0.0", port);
            try
            {
                await four.StartServingAsync().Within();
                return port;
            }
            catch (IOException)
            {
                // Taken: the next one.
            }
        }
    }
}
