using System.Net;
using System.Net.Sockets;

namespace Kestrel.Streams.Tests;

public class ProxyBinaryHeaderTests
{
    private static readonly IPEndPoint _source = IPEndPoint.Parse("192.0.2.1:56324");
    private static readonly IPEndPoint _destination = IPEndPoint.Parse("192.0.2.2:443");

    [Fact]
    public void The_bytes_of_a_header_over_IPv4_are_read_as_the_specification_has_them()
    {
        byte[] bytes =
        [
            0x0D, 0x0A, 0x0D, 0x0A, 0x00, 0x0D, 0x0A, 0x51, 0x55, 0x49, 0x54, 0x0A, 0x21, 0x11, 0x00, 0x0C,
            192, 0, 2, 1, 192, 0, 2, 2, 0xDC, 0x04, 0x01, 0xBB,
        ];

        var header = Whole(bytes);

        Assert.Equal(2, header.Version);
        Assert.Equal(ProxyCommand.Proxy, header.Command);
        Assert.Equal(_source, header.SourceEndPoint);
        Assert.Equal(_destination, header.DestinationEndPoint);
        Assert.Empty(header.Tlvs);
        Assert.Equal("PROXY v2 Proxy 192.0.2.1:56324 -> 192.0.2.2:443", header.ToString());
    }

    [Fact]
    public void A_header_over_IPv6_tells_both_addresses()
    {
        var (source, destination) = (IPEndPoint.Parse("[2001:db8::1]:1"), IPEndPoint.Parse("[2001:db8::2]:65535"));

        var header = Whole(ProxyBytes.Binary(source, destination));

        Assert.Equal(source, header.SourceEndPoint);
        Assert.Equal(destination, header.DestinationEndPoint);
    }

    [Theory]
    [InlineData("/run/client", "/run/server")]
    [InlineData("@client", "@server")]
    [InlineData("", "/run/server")]
    public void A_header_over_a_Unix_socket_tells_paths_and_names(string source, string destination)
    {
        var header = Whole(ProxyBytes.Binary(0x21, ProxyBytes.UnixStream, [.. Path(source), .. Path(destination)]));

        Assert.Equal(source, Assert.IsType<UnixDomainSocketEndPoint>(header.SourceEndPoint).ToString());
        Assert.Equal(destination, Assert.IsType<UnixDomainSocketEndPoint>(header.DestinationEndPoint).ToString());
    }

    [Theory]
    [InlineData("/run/a\0b", "/run/a")]
    [InlineData("@a\0b", "@a\0b")]
    public void A_Unix_path_ends_at_its_NUL_as_the_system_has_it_and_an_abstract_name_does_not(string path, string told)
    {
        var header = Whole(ProxyBytes.Binary(0x21, ProxyBytes.UnixStream, [.. Path(path), .. Path(path)]));

        Assert.Equal(told, header.SourceEndPoint!.ToString());
        Assert.Equal(told, header.DestinationEndPoint!.ToString());
    }

    [Fact]
    public void A_Unix_path_may_fill_its_place()
    {
        var path = "/" + new string('p', 107);

        var header = Whole(ProxyBytes.Binary(0x21, ProxyBytes.UnixStream, [.. Path(path), .. Path("/s")]));

        Assert.Equal(path, header.SourceEndPoint!.ToString());
    }

    [Fact]
    public void A_client_over_QUIC_has_its_address()
    {
        var bytes = ProxyBytes.Binary(_source, _destination);
        bytes[13] = 0x12;

        Assert.Equal(_source, Whole(bytes).SourceEndPoint);
    }

    [Theory]
    [InlineData(0x20, 0x00)] // LOCAL, as health checks have it
    [InlineData(0x20, 0x11)]
    [InlineData(0x20, 0xFF)] // with LOCAL the family is to be ignored
    [InlineData(0x21, 0x00)]
    [InlineData(0x21, 0x10)]
    [InlineData(0x21, 0x01)]
    public void What_has_no_addresses_to_tell_is_valid_whatever_follows(byte command, byte family)
    {
        foreach (var rest in (byte[][])[[], [1], [4, 0, 9], new byte[12], new byte[300]])
        {
            var header = Whole(ProxyBytes.Binary(command, family, rest));

            Assert.Equal(command == 0x20 ? ProxyCommand.Local : ProxyCommand.Proxy, header.Command);
            Assert.Null(header.SourceEndPoint);
            Assert.Null(header.DestinationEndPoint);
        }
    }

    [Fact]
    public void The_values_of_a_health_check_are_kept()
    {
        var header = Whole(ProxyBytes.WithChecksum(ProxyBytes.Binary(0x20, 0x00, ProxyBytes.Tlvs((0x05, "check"u8.ToArray())))));

        Assert.Equal(ProxyCommand.Local, header.Command);
        Assert.Equal("check"u8.ToArray(), header.UniqueId!.Value.ToArray());
    }

    [Fact]
    public void The_common_values_have_names()
    {
        var header = Whole(ProxyBytes.Binary(
            _source, _destination, (0x01, "h2"u8.ToArray()), (0x02, "müller.example"u8.ToArray()), (0x05, [1, 2, 3]), (0x30, "blue"u8.ToArray()), (0xE0, []), (0x04, new byte[3])));

        Assert.Equal("h2", header.Alpn);
        Assert.Equal("müller.example", header.Authority);
        Assert.Equal([1, 2, 3], header.UniqueId!.Value.ToArray());
        Assert.Equal("blue", header.NetworkNamespace);
        Assert.Equal([0x01, 0x02, 0x05, 0x30, 0xE0, 0x04], header.Tlvs.Select(static tlv => (int)tlv.Type));
        Assert.Equal([2, 15, 3, 4, 0, 3], header.Tlvs.Select(static tlv => tlv.Value.Length));
        Assert.Null(header.Tls);
    }

    [Fact]
    public void What_is_not_told_is_null()
    {
        var header = Whole(ProxyBytes.Binary(_source, _destination));

        Assert.Null(header.Alpn);
        Assert.Null(header.Authority);
        Assert.Null(header.UniqueId);
        Assert.Null(header.NetworkNamespace);
    }

    [Theory]
    [InlineData(0x07, 0u, true, true, true)]
    [InlineData(0x05, 0u, true, false, true)]
    [InlineData(0x03, 18u, true, true, false)]
    [InlineData(0x06, 0u, true, true, true)]
    [InlineData(0x01, 0u, false, false, false)] // no certificate is no fault, and no certificate
    public void The_client_s_TLS_is_told(byte client, uint verify, bool hasCertificate, bool onConnection, bool isVerified)
    {
        byte[] value =
        [
            client, 0, 0, 0, (byte)verify,
            .. ProxyBytes.Tlvs((0x21, "TLSv1.3"u8.ToArray()), (0x22, "alice"u8.ToArray()), (0x23, "TLS_AES_256_GCM_SHA384"u8.ToArray()), (0x24, "RSA-SHA256"u8.ToArray()), (0x25, "RSA2048"u8.ToArray())),
        ];

        var tls = Assert.IsType<ProxyClientTls>(Whole(ProxyBytes.Binary(_source, _destination, (0x20, value))).Tls);

        Assert.Equal((client & 1) != 0, tls.IsTls);
        Assert.Equal(hasCertificate, tls.HasCertificate);
        Assert.Equal(onConnection, tls.HasCertificateOnConnection);
        Assert.Equal(verify, tls.VerifyResult);
        Assert.Equal(isVerified, tls.IsVerified);
        Assert.Equal(("TLSv1.3", "alice", "TLS_AES_256_GCM_SHA384", "RSA-SHA256", "RSA2048"), (tls.Version, tls.CommonName, tls.Cipher, tls.SignatureAlgorithm, tls.KeyAlgorithm));
        Assert.Equal(5, tls.Tlvs.Count);
    }

    [Fact]
    public void A_right_checksum_is_accepted_and_a_wrong_one_is_not()
    {
        var bytes = ProxyBytes.WithChecksum(ProxyBytes.Binary(_source, _destination, (0x02, "name"u8.ToArray())));
        Assert.Equal("name", Whole(bytes).Authority);

        bytes[^1] ^= 1;

        Assert.Equal("the checksum of its PROXY header is wrong", ProxyHeaderParser.Parse(bytes).Fault);
    }

    [Theory]
    [InlineData(0x11, 0x11, "its PROXY header is of version 1, not 1 or 2")]
    [InlineData(0x01, 0x11, "its PROXY header is of version 0, not 1 or 2")]
    [InlineData(0x22, 0x11, "its PROXY header has the unknown command 2")]
    [InlineData(0x21, 0x41, "its PROXY header has the unknown family and transport 0x41")]
    [InlineData(0x21, 0x13, "its PROXY header has the unknown family and transport 0x13")]
    public void A_wrong_version_command_or_family_is_a_fault_before_the_rest_has_come(byte command, byte family, string fault) =>
        Assert.Equal(fault, ProxyHeaderParser.Parse([.. ProxyBytes.Signature, command, family, 0, 12]).Fault);

    [Theory]
    [InlineData(0x11, 11)]
    [InlineData(0x21, 35)]
    [InlineData(0x31, 215)]
    [InlineData(0x11, 0)]
    [InlineData(0x11, 13)] // a byte of a value, and no more
    [InlineData(0x11, 14)]
    public void Addresses_and_values_must_fill_the_length(byte family, int length) =>
        Assert.Equal("the addresses or values of its PROXY header do not fill its length", ProxyHeaderParser.Parse(ProxyBytes.Binary(0x21, family, new byte[length])).Fault);

    [Fact]
    public void A_header_longer_than_the_bound_is_a_fault_before_it_has_come()
    {
        var length = ProxyBinaryHeader.LongestHeader - 16;
        Whole(ProxyBytes.Binary(0x20, 0, new byte[length]));

        var parse = ProxyHeaderParser.Parse(ProxyBytes.Binary(0x20, 0, new byte[length + 1]).AsSpan(0, 16));

        Assert.Equal("its PROXY header has 16385 bytes, more than 16384", parse.Fault);
    }

    [Fact]
    public void A_value_with_a_known_number_and_the_wrong_form_is_a_fault()
    {
        Assert.NotNull(Fault((0x05, new byte[129])));
        Assert.NotNull(Fault((0x20, new byte[4])));
        Assert.NotNull(Fault((0x20, [1, 0, 0, 0, 0, 0x21, 0])));
        Assert.NotNull(Fault((0x20, [1, 0, 0, 0, 0, 0x21, 0, 2, 0])));
        Assert.NotNull(Fault((0x03, new byte[3])));
        Assert.Null(Fault((0x05, new byte[128])));
        Assert.Null(Fault((0x20, new byte[5])));

        static string? Fault((byte, byte[]) tlv) => ProxyHeaderParser.Parse(ProxyBytes.Binary(_source, _destination, tlv)).Fault;
    }

    private static ProxyHeader Whole(byte[] bytes)
    {
        var parse = ProxyHeaderParser.Parse([.. bytes, .. "payload"u8]);
        Assert.Null(parse.Fault);
        Assert.Equal(bytes.Length, parse.Length);
        return Assert.IsType<ProxyHeader>(parse.Header);
    }

    private static byte[] Path(string path)
    {
        var bytes = new byte[108];
        System.Text.Encoding.UTF8.GetBytes(path.StartsWith('@') ? "\0" + path[1..] : path, bytes);
        return bytes;
    }
}
