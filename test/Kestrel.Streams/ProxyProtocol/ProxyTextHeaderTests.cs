using System.Net;
using System.Text;

namespace Kestrel.Streams.Tests;

public class ProxyTextHeaderTests
{
    [Theory]
    [InlineData("PROXY TCP4 192.0.2.1 192.0.2.2 56324 443\r\n", "192.0.2.1:56324", "192.0.2.2:443")]
    [InlineData("PROXY TCP4 255.255.255.255 0.0.0.0 65535 0\r\n", "255.255.255.255:65535", "0.0.0.0:0")]
    [InlineData("PROXY TCP6 2001:db8::1 2001:DB8::2 1 2\r\n", "[2001:db8::1]:1", "[2001:db8::2]:2")]
    [InlineData("PROXY TCP6 0001:0002:0003:0004:0005:0006:0007:0008 ::1 1 2\r\n", "[1:2:3:4:5:6:7:8]:1", "[::1]:2")]
    [InlineData("PROXY TCP6 ::ffff:192.0.2.1 :: 1 2\r\n", "[::ffff:192.0.2.1]:1", "[::]:2")]
    public void A_line_tells_both_addresses(string line, string source, string destination)
    {
        var header = Whole(line);

        Assert.Equal(1, header.Version);
        Assert.Equal(ProxyCommand.Proxy, header.Command);
        Assert.Equal(IPEndPoint.Parse(source), header.SourceEndPoint);
        Assert.Equal(IPEndPoint.Parse(destination), header.DestinationEndPoint);
        Assert.Empty(header.Tlvs);
        Assert.Null(header.Tls);
    }

    [Theory]
    [InlineData("PROXY UNKNOWN\r\n")]
    [InlineData("PROXY UNKNOWN ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff 65535 65535\r\n")]
    [InlineData("PROXY UNKNOWN what\0ever  \r \u00ff\r\n")]
    public void An_unknown_client_has_no_address(string line)
    {
        var header = Whole(line);

        Assert.Null(header.SourceEndPoint);
        Assert.Null(header.DestinationEndPoint);
    }

    [Theory]
    [InlineData("PROXY TCP4 192.0.2.1 192.0.2.2 1 2\n")]
    [InlineData("PROXY TCP4 192.0.2.1 192.0.2.2 1 2\r\r\n")]
    [InlineData("PROXY TCP4 192.0.2.1 192.0.2.2 1 2 \r\n")]
    [InlineData("PROXY TCP4 192.0.2.1 192.0.2.2 1 2 3\r\n")]
    [InlineData("PROXY TCP4  192.0.2.1 192.0.2.2 1 2\r\n")]
    [InlineData("PROXY  TCP4 192.0.2.1 192.0.2.2 1 2\r\n")]
    [InlineData("PROXY TCP4 192.0.2.1\t192.0.2.2 1 2\r\n")]
    [InlineData("PROXY TCP4 192.0.2.1 192.0.2.2 1\r\n")]
    [InlineData("PROXY TCP4 192.0.2.1 192.0.2.2 1 \r\n")]
    [InlineData("PROXY TCP4 192.0.2.01 192.0.2.2 1 2\r\n")]
    [InlineData("PROXY TCP4 0xC0.0.2.1 192.0.2.2 1 2\r\n")]
    [InlineData("PROXY TCP4 192.0.513 192.0.2.2 1 2\r\n")]
    [InlineData("PROXY TCP4 192.0.2.256 192.0.2.2 1 2\r\n")]
    [InlineData("PROXY TCP4 192.0.2.1 192.0.2.2 01 2\r\n")]
    [InlineData("PROXY TCP4 192.0.2.1 192.0.2.2 00 2\r\n")]
    [InlineData("PROXY TCP4 192.0.2.1 192.0.2.2 +1 2\r\n")]
    [InlineData("PROXY TCP4 192.0.2.1 192.0.2.2 -1 2\r\n")]
    [InlineData("PROXY TCP4 192.0.2.1 192.0.2.2 65536 2\r\n")]
    [InlineData("PROXY TCP4 192.0.2.1 192.0.2.2 1 0x2\r\n")]
    [InlineData("PROXY TCP4 192.0.2.1 192.0.2.2 1 2\0\r\n")]
    [InlineData("PROXY TCP4 192.0.2.1 192.0.2.2 1\0\0 2\r\n")]
    [InlineData("PROXY TCP4 ::1 ::2 1 2\r\n")]
    [InlineData("PROXY TCP6 192.0.2.1 192.0.2.2 1 2\r\n")]
    [InlineData("PROXY TCP6 ::1 192.0.2.2 1 2\r\n")]
    [InlineData("PROXY TCP6 [::1] ::2 1 2\r\n")]
    [InlineData("PROXY TCP6 fe80::1%1 ::2 1 2\r\n")]
    [InlineData("PROXY TCP6 fe80::1/64 ::2 1 2\r\n")]
    [InlineData("PROXY TCP6 ::ffff:192.0.2.01 ::2 1 2\r\n")]
    [InlineData("PROXY TCP6 1:2:3:4:5:6:7 ::2 1 2\r\n")]
    [InlineData("PROXY TCP6 1::2::3 ::2 1 2\r\n")]
    [InlineData("PROXY TCP6 12345::1 ::2 1 2\r\n")]
    [InlineData("PROXY UNKNOWNED\r\n")]
    [InlineData("PROXY unknown\r\n")]
    [InlineData("PROXY tcp4 192.0.2.1 192.0.2.2 1 2\r\n")]
    [InlineData("PROXY UDP4 192.0.2.1 192.0.2.2 1 2\r\n")]
    [InlineData("PROXY \r\n")]
    [InlineData("PROXY \n")]
    [InlineData("PROXY\r\n")]
    [InlineData("proxy TCP4 192.0.2.1 192.0.2.2 1 2\r\n")]
    [InlineData("GET / HTTP/1.1\r\n")]
    [InlineData("\u0016\u0003\u0001")]
    [InlineData("\r\n\r\nX")]
    [InlineData("\n")]
    public void Anything_else_is_a_fault(string line)
    {
        var parse = ProxyHeaderParser.Parse(Encoding.Latin1.GetBytes(line));

        Assert.Null(parse.Header);
        Assert.NotNull(parse.Fault);
    }

    [Fact]
    public void A_line_of_107_bytes_is_fine_and_one_of_108_is_not()
    {
        Whole("PROXY UNKNOWN " + new string('x', 107 - 16) + "\r\n");

        Assert.NotNull(ProxyHeaderParser.Parse(Encoding.Latin1.GetBytes("PROXY UNKNOWN " + new string('x', 108 - 16) + "\r\n")).Fault);
    }

    [Fact]
    public void A_line_without_an_end_is_refused_as_soon_as_it_is_too_long()
    {
        var bytes = Encoding.Latin1.GetBytes("PROXY UNKNOWN " + new string('x', 200));

        Assert.Null(ProxyHeaderParser.Parse(bytes.AsSpan(0, 106)).Fault);
        Assert.Equal("its PROXY line does not end within 107 bytes", ProxyHeaderParser.Parse(bytes.AsSpan(0, 107)).Fault);
    }

    private static ProxyHeader Whole(string line)
    {
        var bytes = Encoding.Latin1.GetBytes(line + "payload\r\n");
        var parse = ProxyHeaderParser.Parse(bytes);
        Assert.Null(parse.Fault);
        Assert.Equal(line.Length, parse.Length);
        return Assert.IsType<ProxyHeader>(parse.Header);
    }
}
