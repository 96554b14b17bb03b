using System.Net;
using System.Net.Sockets;

namespace Kestrel.Streams.Tests;

public class ConnectionGateTests
{
    private static readonly IPAddress _address = IPAddress.Parse("192.0.2.1");

    [Fact]
    public void A_place_of_an_address_can_be_had_again_when_it_is_given_back()
    {
        var gate = new ConnectionGate(max: null, maxPerAddress: 2);
        for (var round = 0; round < 3; round++)
        {
            Assert.True(gate.TryEnter(_address));
            Assert.True(gate.TryEnter(_address));
            Assert.False(gate.TryEnter(_address));
            Assert.True(gate.TryEnter(IPAddress.IPv6Loopback));
            gate.Leave(_address);
            gate.Leave(_address);
            gate.Leave(IPAddress.IPv6Loopback);
        }
    }

    [Fact]
    public void An_IPv4_address_on_an_IPv6_socket_is_that_of_IPv4()
    {
        Assert.Equal(_address, ConnectionGate.AddressOf(new IPEndPoint(_address.MapToIPv6(), 1)));
        Assert.Equal(_address, ConnectionGate.AddressOf(new IPEndPoint(_address, 1)));
        Assert.Equal(IPAddress.IPv6Loopback, ConnectionGate.AddressOf(new IPEndPoint(IPAddress.IPv6Loopback, 1)));
        Assert.Null(ConnectionGate.AddressOf(new UnixDomainSocketEndPoint("/run/x")));
        Assert.Null(ConnectionGate.AddressOf(null));
    }

    [Fact]
    public void That_it_is_full_is_told_again_when_a_tenth_was_free_in_between()
    {
        var gate = new ConnectionGate(max: 20, maxPerAddress: null);
        for (var i = 0; i < 20; i++) Assert.True(gate.TryEnter());
        Assert.False(gate.TryEnter());
        Assert.True(gate.TellsFull());
        Assert.False(gate.TellsFull());

        gate.Leave();
        Assert.True(gate.TryEnter());
        Assert.False(gate.TellsFull());

        gate.Leave();
        gate.Leave();
        Assert.True(gate.TryEnter());
        Assert.True(gate.TryEnter());
        Assert.True(gate.TellsFull());
    }
}
