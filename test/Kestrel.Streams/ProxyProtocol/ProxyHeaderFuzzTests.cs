using System.Net;
using System.Net.Sockets;
using FsCheck;
using FsCheck.Fluent;

namespace Kestrel.Streams.Tests;

/// <summary>
/// Headers of any content, in any pieces, cut and damaged. The transport has always something to give, so that a read that is not done at
/// once would never be done.
/// </summary>
public class ProxyHeaderFuzzTests
{
    private static readonly byte[] _payload = "EHLO client\r\nPROXY \r\n\r\n\0\r\nQUIT\n"u8.ToArray();

    /// <summary>A header and what it says.</summary>
    private sealed record Sample(byte[] Bytes, EndPoint Source, EndPoint Destination, (byte Type, byte[] Value)[] Tlvs)
    {
        public override string ToString() => $"{Source} {Destination} {Convert.ToHexString(Bytes)}";
    }

    [Fact]
    public void A_header_in_any_pieces_is_read_and_not_a_byte_of_what_follows_is_lost() =>
        Check((sample, places) =>
        {
            byte[] all = [.. sample.Bytes, .. _payload];
            var (parse, rest) = Read(all, places);

            Assert.Equal(sample.Source, parse.Header!.SourceEndPoint);
            Assert.Equal(sample.Destination, parse.Header.DestinationEndPoint);
            Assert.Equal(sample.Tlvs.Select(static tlv => tlv.Type), parse.Header.Tlvs.Select(static tlv => tlv.Type));
            Assert.Equal(sample.Tlvs.Select(static tlv => Convert.ToHexString(tlv.Value)), parse.Header.Tlvs.Select(static tlv => Convert.ToHexString(tlv.Value.Span)));
            Assert.Equal(_payload, rest);
        });

    [Fact]
    public void A_header_cut_at_any_byte_is_none_and_consumes_nothing() =>
        Check((sample, places) =>
        {
            for (var length = 0; length < sample.Bytes.Length; length++)
            {
                var cut = sample.Bytes[..length];
                var (parse, rest) = Read(cut, places);

                Assert.Null(parse.Header);
                Assert.Null(parse.Fault);
                Assert.Equal(cut, rest);
            }
        });

    [Fact]
    public void A_header_with_any_bytes_changed_is_read_or_refused_and_what_it_does_not_own_stays() =>
        Check((sample, places) =>
        {
            byte[] all = [.. sample.Bytes, .. _payload];
            foreach (var place in places) all[place % sample.Bytes.Length] ^= (byte)(1 << (place % 8));
            var (parse, rest) = Read(all, places);

            Assert.Equal(parse.Header is null ? all : all[parse.Length..], rest);
        });

    [Fact]
    public void A_checksum_shows_every_single_change_of_an_address()
    {
        var bytes = ProxyBytes.WithChecksum(ProxyBytes.Binary(IPEndPoint.Parse("192.0.2.1:1"), IPEndPoint.Parse("192.0.2.2:2")));
        for (var bit = 0; bit < 12 * 8; bit++)
        {
            var changed = bytes.ToArray();
            changed[16 + (bit / 8)] ^= (byte)(1 << (bit % 8));
            Assert.NotNull(ProxyHeaderParser.Parse(changed).Fault);
        }
    }

    [Fact]
    public void Any_bytes_behind_a_signature_are_read_or_refused() =>
        Prop.ForAll(Bytes(0, 400).ToArbitrary(), Places().ToArbitrary(), static (bytes, places) =>
        {
            foreach (var signature in (byte[][])[[], [.. ProxyBytes.Signature], [.. ProxyBytes.Signature, 0x21], [.. ProxyBytes.Signature, 0x21, 0x11, 0], [.. "PROXY "u8], [.. "PROXY TCP6 "u8]])
            {
                byte[] all = [.. signature, .. bytes];
                var (parse, rest) = Read(all, places);
                Assert.Equal(parse.Header is null ? all : all[parse.Length..], rest);
            }
        }).QuickCheckThrowOnFailure();

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_header_in_every_three_pieces_is_read(bool text)
    {
        var (source, destination) = (IPEndPoint.Parse("[2001:db8::1]:56324"), IPEndPoint.Parse("[2001:db8::2]:443"));
        byte[] all = [.. text ? ProxyBytes.Text(source, destination) : ProxyBytes.WithChecksum(ProxyBytes.Binary(source, destination)), .. "hello"u8];
        for (var first = 0; first <= all.Length; first++)
        {
            for (var second = first; second <= all.Length; second++)
            {
                var (parse, rest) = Read(all, [first, second]);
                Assert.Equal(source, parse.Header?.SourceEndPoint);
                Assert.Equal("hello"u8.ToArray(), rest);
            }
        }
    }

    /// <summary>Reads a header, and then whatever there still is, from a stream with a small limit.</summary>
    private static (ProxyParse Parse, byte[] Left) Read(byte[] bytes, int[] places)
    {
        int[] cuts = [0, .. places.Where(place => place < bytes.Length).Order(), bytes.Length];
        var pieces = cuts.Zip(cuts.Skip(1), (from, to) => (ReadOnlyMemory<byte>)bytes.AsMemory(from..to));
        using var stream = ConnectionStream.Create(new PieceTransport(pieces), new ConnectionStreamOptions { Limit = 16 });
        return (AtOnce(ProxyHeaderReader.ReadAsync(stream, CancellationToken.None)), AtOnce(stream.ReadToEndAsync()));
    }

    private static T AtOnce<T>(ValueTask<T> task)
    {
        Assert.True(task.IsCompleted, "The read waits although nothing more can come.");
#pragma warning disable VSTHRD002 // It is completed.
        return task.Result;
#pragma warning restore VSTHRD002
    }

    private static void Check(Action<Sample, int[]> property) =>
        Prop.ForAll(Samples().ToArbitrary(), Places().ToArbitrary(), property).QuickCheckThrowOnFailure();

    private static Gen<Sample> Samples() => Gen.OneOf(
        from pair in Gen.OneOf(IPPairs(4), IPPairs(16))
        select new Sample(ProxyBytes.Text(pair.Source, pair.Destination), pair.Source, pair.Destination, []),
        from pair in Gen.OneOf(IPPairs(4).Select(static pair => ((EndPoint)pair.Source, (EndPoint)pair.Destination)), IPPairs(16).Select(static pair => ((EndPoint)pair.Source, (EndPoint)pair.Destination)), UnixPairs())
        from tlvs in Tlvs()
        select new Sample(ProxyBytes.Binary(pair.Item1, pair.Item2, tlvs), pair.Item1, pair.Item2, tlvs));

    private static Gen<(IPEndPoint Source, IPEndPoint Destination)> IPPairs(int length) =>
        from source in IPEndPoints(length)
        from destination in IPEndPoints(length)
        select (source, destination);

    private static Gen<IPEndPoint> IPEndPoints(int length) =>
        from address in Bytes(length, length)
        from port in Gen.Choose(0, ushort.MaxValue)
        select new IPEndPoint(new IPAddress(address), port);

    private static Gen<(EndPoint, EndPoint)> UnixPairs() =>
        from names in Gen.Choose(1, 100).ArrayOf(2)
        from letter in Gen.Elements("/", "\0")
        select ((EndPoint)new UnixDomainSocketEndPoint(letter + new string('a', names[0])), (EndPoint)new UnixDomainSocketEndPoint(letter + new string('b', names[1])));

    /// <summary>Of types whose content is free.</summary>
    private static Gen<(byte Type, byte[] Value)[]> Tlvs() =>
        from count in Gen.Choose(0, 4)
        from tlvs in (from type in Gen.Elements<byte>(0x01, 0x02, 0x04, 0x05, 0x30, 0xE0, 0xF0, 0xFF) from value in Bytes(0, 100) select (type, value)).ArrayOf(count)
        select tlvs;

    private static Gen<byte[]> Bytes(int least, int most) =>
        from count in Gen.Choose(least, most)
        from bytes in Gen.Choose(0, 255).ArrayOf(count)
        select Array.ConvertAll(bytes, static value => (byte)value);

    private static Gen<int[]> Places() =>
        from count in Gen.Choose(1, 5)
        from places in Gen.Choose(0, 600).ArrayOf(count)
        select places;
}
