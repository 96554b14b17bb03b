using System.Net;
using System.Net.Sockets;

namespace Kestrel.Streams.Tests;

public class StreamAddressTests
{
    [Theory]
    [InlineData("tcp://localhost:8888", StreamAddressKind.Tcp, "localhost", 8888)]
    [InlineData("tls://mail.example.com:465", StreamAddressKind.Tls, "mail.example.com", 465)]
    [InlineData("TCP://my_service:1", StreamAddressKind.Tcp, "my_service", 1)]
    [InlineData("tcp://bücher.example:65535", StreamAddressKind.Tcp, "bücher.example", 65535)]
    public void A_host_name_and_a_port_are_not_resolved(string text, object kind, string host, int port)
    {
        var address = Parse(text);
        Assert.Equal(kind, address.Kind);
        Assert.Equal((host, port), (address.Host, address.Port));
        Assert.Equal(new DnsEndPoint(host, port), address.EndPoint);
    }

    [Theory]
    [InlineData("tcp://127.0.0.1:0", "127.0.0.1", 0)]
    [InlineData("tcp://0.0.0.0:8888", "0.0.0.0", 8888)]
    [InlineData("tls://[::1]:443", "::1", 443)]
    [InlineData("tcp://[fe80::1%3]:25", "fe80::1%3", 25)]
    public void An_IP_address_is_one(string text, string host, int port)
    {
        var address = Parse(text);
        Assert.Equal((host, port), (address.Host, address.Port));
        Assert.Equal(new IPEndPoint(IPAddress.Parse(host), port), address.EndPoint);
    }

    [Fact]
    public void A_star_is_all_interfaces_and_leads_to_no_end_point()
    {
        var address = Parse("tcp://*:8888");
        Assert.Equal((StreamAddress.AllInterfaces, 8888), (address.Host, address.Port));
        Assert.Null(address.EndPoint);
    }

    [Theory]
    [InlineData("unix:/run/echo.sock", "/run/echo.sock")]
    [InlineData("unix:///run/echo.sock", "///run/echo.sock")]
    [InlineData("unix:echo.sock", "echo.sock")]
    [InlineData("unix:a b:c@d", "a b:c@d")]
    [InlineData("Unix:@echo", "\0echo")]
    [InlineData("unix:@@", "\0@")]
    public void A_Unix_path_or_abstract_name_is_what_follows_the_colon(string text, string path)
    {
        var address = Parse(text);
        Assert.Equal(StreamAddressKind.Unix, address.Kind);
        Assert.Equal(path, address.Path);
        Assert.Equal(new UnixDomainSocketEndPoint(path), Assert.IsType<UnixDomainSocketEndPoint>(address.EndPoint));
    }

    [Fact]
    public void The_longest_path_and_the_longest_abstract_name_have_107_bytes()
    {
        var longest = new string('x', 107);
        Assert.Equal(longest, Parse($"unix:{longest}").Path);
        Assert.Equal('\0' + longest, Parse($"unix:@{longest}").Path);
        Assert.Equal("its path has 108 bytes, use one of at most 107", FaultOf($"unix:{longest}x"));
        Assert.Equal("its abstract name has 108 bytes, use one of at most 107", FaultOf($"unix:@{longest}x"));
        Assert.Equal("its path has 108 bytes, use one of at most 107", FaultOf($"unix:{new string('é', 54)}"));
    }

    [Fact]
    public void A_descriptor_is_its_number()
    {
        var address = Parse("fd:3");
        Assert.Equal((StreamAddressKind.Descriptor, 3), (address.Kind, address.Descriptor));
        Assert.Null(address.EndPoint);
        Assert.Equal(0, Parse("fd:0").Descriptor);
    }

    [Theory]
    [InlineData("systemd:mail", "mail")]
    [InlineData("systemd:m", "m")]
    [InlineData("systemd:!~", "!~")]
    [InlineData("systemd:mail.socket", "mail.socket")]
    public void A_socket_of_systemd_has_a_name(string text, string name)
    {
        var address = Parse(text);
        Assert.Equal((StreamAddressKind.Systemd, name), (address.Kind, address.Name));
        Assert.Null(address.EndPoint);
    }

    [Theory]
    [InlineData("ws://localhost/chat")]
    [InlineData("wss://example.com:8443/chat?room=1")]
    public void A_WebSocket_has_the_address_of_a_URL(string text)
    {
        var address = Parse(text);
        Assert.Equal((StreamAddressKind.WebSocket, new Uri(text)), (address.Kind, address.Uri));
        Assert.Null(address.EndPoint);
    }

    [Theory]
    [InlineData("", "it is empty, write tcp://host:port, tls://host:port, unix:/path, ")]
    [InlineData("localhost", "it has no scheme, write tcp://host:port, ")]
    [InlineData("/run/echo.sock", "it has no scheme, write tcp://host:port, ")]
    [InlineData("localhost:80", "its scheme 'localhost' is none of ours, write tcp://host:port, ")]
    [InlineData("http://localhost:80", "its scheme 'http' is none of ours, write tcp://host:port, ")]
    [InlineData(" tcp://localhost:80", "its scheme ' tcp' is none of ours, write tcp://host:port, ")]
    [InlineData(":80", "its scheme '' is none of ours, ")]
    [InlineData("tcp:localhost:80", "there is no // behind the scheme, write tcp://host:port")]
    [InlineData("tls:/localhost:80", "there is no // behind the scheme, write tls://host:port")]
    [InlineData("tcp://localhost", "it has no port, write tcp://localhost:port")]
    [InlineData("tcp://[::1]", "it has no port, write tcp://[::1]:port")]
    [InlineData("tcp://localhost:", "its port is '', write a number from 0 to 65535")]
    [InlineData("tcp://localhost:65536", "its port is '65536', write a number from 0 to 65535")]
    [InlineData("tcp://localhost:99999999999", "its port is '99999999999', write a number from 0 to 65535")]
    [InlineData("tcp://localhost:-1", "its port is '-1', write a number from 0 to 65535")]
    [InlineData("tcp://localhost:+1", "its port is '+1', write a number from 0 to 65535")]
    [InlineData("tcp://localhost:80 ", "its port is '80 ', write a number from 0 to 65535")]
    [InlineData("tls://localhost:abc", "its port is 'abc', write a number from 0 to 65535")]
    [InlineData("tcp://:80", "it has no host, write tcp://host:port")]
    [InlineData("tcp://", "it has no host, write tcp://host:port")]
    [InlineData("tcp:///path", "there is more than a host and a port in it, write tcp://host:port and nothing else")]
    [InlineData("tcp://::1:80", "an IPv6 address stands in brackets, write tcp://[address]:port")]
    [InlineData("tcp://fe80::1", "an IPv6 address stands in brackets, write tcp://[address]:port")]
    [InlineData("tcp://[127.0.0.1]:80", "'[127.0.0.1]' is no host, write a name, ")]
    [InlineData("tcp://[::1:80", "'[::1' is no host, write a name, ")]
    [InlineData("tcp://[]:80", "'[]' is no host, write a name, ")]
    [InlineData("tcp://[:80", "'[' is no host, write a name, ")]
    [InlineData("tcp://local host:80", "'local host' is no host, write a name, ")]
    [InlineData("tcp://**:80", "'**' is no host, write a name, ")]
    [InlineData("tcp://anna:secret@localhost:80", "there is more than a host and a port in it, write tcp://host:port and nothing else")]
    [InlineData("tcp://localhost:80/", "there is more than a host and a port in it, write tcp://host:port and nothing else")]
    [InlineData("tls://localhost:80/path", "there is more than a host and a port in it, write tls://host:port and nothing else")]
    [InlineData("tcp://localhost:80?a=b", "there is more than a host and a port in it, write tcp://host:port and nothing else")]
    [InlineData("tcp://localhost:80#a", "there is more than a host and a port in it, write tcp://host:port and nothing else")]
    [InlineData("unix:", "it has no path, write unix:/path, or unix:@name for an abstract name")]
    [InlineData("unix:@", "it has no path, write unix:/path, or unix:@name for an abstract name")]
    [InlineData("unix://run/echo.sock", "the path follows the colon without //, write unix:/path, or ")]
    [InlineData("unix:/run/\0echo", "there is a NUL character in it, leave it out")]
    [InlineData("unix:\0echo", "there is a NUL character in it, leave it out")]
    [InlineData("tcp://local\0host:80", "there is a NUL character in it, leave it out")]
    [InlineData("fd:", "'' is no number of a descriptor, write fd:3 ")]
    [InlineData("fd:-1", "'-1' is no number of a descriptor, write fd:3 ")]
    [InlineData("fd:x", "'x' is no number of a descriptor, write fd:3 ")]
    [InlineData("fd:2147483648", "'2147483648' is no number of a descriptor, write fd:3 ")]
    [InlineData("systemd:", "there is no name that systemd could pass, write systemd:name ")]
    [InlineData("systemd:a:b", "there is no name that systemd could pass, write systemd:name ")]
    [InlineData("systemd:a b", "there is no name that systemd could pass, write systemd:name ")]
    [InlineData("ws:", "it has no host, or something that no URL may have, write ws://host/path ")]
    [InlineData("ws://", "it has no host, or something that no URL may have, write ws://host/path ")]
    [InlineData("wss:///chat", "it has no host, or something that no URL may have, write wss://host/path ")]
    [InlineData("ws://localhost:65536/", "it has no host, or something that no URL may have, write ws://host/path ")]
    [InlineData("ws://localhost:0/", "it has no host, or something that no URL may have, write ws://host/path ")]
    [InlineData("ws://anna@localhost/", "it has user info or a fragment, which WebSockets have not, write ws://host/path")]
    [InlineData("ws://localhost/#top", "it has user info or a fragment, which WebSockets have not, write ws://host/path")]
    public void Rubbish_is_told_with_what_would_be_right(string text, string fault) => Assert.StartsWith(fault, FaultOf(text), StringComparison.Ordinal);

    private static StreamAddress Parse(string text)
    {
        Assert.True(StreamAddress.TryParse(text, out var address, out var fault), fault);
        Assert.Null(fault);
        Assert.Equal(text, address.ToString());
        return address;
    }

    private static string FaultOf(string text)
    {
        Assert.False(StreamAddress.TryParse(text, out var address, out var fault));
        Assert.Null(address);
        Assert.DoesNotContain('\0', fault);
        Assert.False(fault.EndsWith('.'));
        return fault;
    }

    [Fact]
    public void The_longest_name_for_systemd_has_255_characters()
    {
        var longest = new string('x', 255);
        Assert.Equal(longest, Parse($"systemd:{longest}").Name);
        Assert.StartsWith("there is no name that systemd could pass", FaultOf($"systemd:{longest}x"), StringComparison.Ordinal);
    }
}
