using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Kestrel.Streams.Tests;

/// <summary>
/// The header of the PROXY protocol, either version. It is read as the reference reads it; every part of it says no less; in any cut it is
/// the same and not a byte behind it is touched; written again it is the same again.
/// </summary>
internal abstract class ProxyTarget : Target
{
    public override string Run(byte[] input)
    {
        var parse = ProxyHeaderParser.Parse(input);
        var reading = Reading(parse);
        Assert.Equal(ReferenceProxy.Parse(input), reading);
        Assert.True(parse.Header is null || parse.Length <= input.Length, "It takes more than there is.");
        if (reading.State == "needs") Assert.True(parse.Length > input.Length, "It needs no more than it has.");

        CheckParts(input, parse);
        for (var way = 0; way < 3; way++) CheckStream(input, reading, way);
        if (parse.Header is { } header) CheckAgain(header);
        return parse.Fault is { } fault ? string.Concat(fault.Where(static letter => !char.IsAsciiDigit(letter))) : $"{reading.State} {parse.Header?.Command} {parse.Header?.SourceEndPoint?.AddressFamily} {parse.Header?.Tlvs.Count}";
    }

    /// <summary>Fewer bytes never lead elsewhere: a fault stays one, and no part of a header is another header.</summary>
    private static void CheckParts(byte[] input, ProxyParse whole)
    {
        var step = Math.Max(1, input.Length / 64);
        for (var length = 0; length < input.Length; length += step)
        {
            var part = ProxyHeaderParser.Parse(input.AsSpan(0, length));
            if (part.Fault is not null) Assert.Equal(whole.Fault, part.Fault);
            else if (part.Header is not null) Assert.Equal(Reading(whole), Reading(part));
            // Before the first byte it cannot know which version comes.
            else Assert.True(part.Length > length && (length == 0 || whole.Header is null || part.Length <= whole.Length), "It asks for bytes that are not its own.");
        }
    }

    private static void CheckStream(byte[] input, ProxyReading expected, int way)
    {
        using var stream = ConnectionStream.Create(new PieceTransport(Pieces(input, way)), new ConnectionStreamOptions { Limit = 16 });
        var read = ProxyHeaderReader.ReadAsync(stream, CancellationToken.None).AsTask();
        Assert.True(read.IsCompleted, "It waits although nothing more can come.");
        var parse = read.GetAwaiter().GetResult();
        Assert.Equal(expected, Reading(parse));
        var rest = stream.ReadToEndAsync().AsTask().GetAwaiter().GetResult();
        Assert.Equal(input[(parse.Header is null ? 0 : parse.Length)..], rest);
    }

    private static void CheckAgain(ProxyHeader header)
    {
        if (header.SourceEndPoint is not { } source || header.DestinationEndPoint is not { } destination) return;
        // A name that is no UTF-8 was read with replacements, and is longer so.
        if (source is UnixDomainSocketEndPoint && (Encoding.UTF8.GetByteCount($"{source}") > 108 || Encoding.UTF8.GetByteCount($"{destination}") > 108)) return;
        byte[][] again = source is IPEndPoint from && destination is IPEndPoint to
            ? [ProxyBytes.Text(from, to), ProxyBytes.Binary(source, destination), ProxyBytes.WithChecksum(ProxyBytes.Binary(source, destination))]
            : [ProxyBytes.Binary(source, destination)];
        foreach (var bytes in again)
        {
            var parse = ProxyHeaderParser.Parse(bytes);
            Assert.Equal(bytes.Length, parse.Length);
            Assert.Equal((Describe(source), Describe(destination)), (Describe(parse.Header?.SourceEndPoint), Describe(parse.Header?.DestinationEndPoint)));
        }
    }

    private static ProxyReading Reading(ProxyParse parse) => parse switch
    {
        { Fault: not null } => new("invalid"),
        { Header: null } => new("needs"),
        { Header: var header } => new(
            "whole", parse.Length, header.Version, header.Command == ProxyCommand.Local, Describe(header.SourceEndPoint), Describe(header.DestinationEndPoint),
            string.Join(' ', header.Tlvs.Select(static tlv => $"{tlv.Type}:{Convert.ToHexString(tlv.Value.Span)}"))),
    };

    private static string Describe(EndPoint? endPoint) => endPoint switch
    {
        null => "",
        IPEndPoint ip => ReferenceAddress.Of(ip.Address.GetAddressBytes(), ip.Port),
        _ => endPoint.ToString()!,
    };
}

/// <summary>Version 1.</summary>
internal sealed class ProxyTextTarget : ProxyTarget
{
    public override string Name => "proxy-text";

    public override int Longest => 250;

    public override IReadOnlyList<byte[]> Tokens { get; } = ByteText.Tokens(
        "PROXY ", "TCP4 ", "TCP6 ", "UNKNOWN", "\r\n", " ", "192.0.2.1", "2001:db8::1", "::", ":0:", "::ffff:192.0.2.1", "1:2:3:4:5:6:7:8", "65535", "0", ":", ".", "%1", "[::1]", "0x1");
}

/// <summary>Version 2.</summary>
internal sealed class ProxyBinaryTarget : ProxyTarget
{
    public override string Name => "proxy-binary";

    public override int Longest => 600;

    public override IReadOnlyList<byte[]> Tokens { get; } =
    [
        ProxyBytes.Signature, [0x20], [0x21], [0x11, 0, 12], [0x12], [0x21, 0, 36], [0x31, 0, 216], [0, 0, 0], [0x03, 0, 4], [0x05, 0, 128], [0x05, 0, 129],
        [0x20, 0, 5, 7, 0, 0, 0, 0], [0x20, 0, 8, 7, 0, 0, 0, 0, 0x21, 0, 0], [0x02, 0, 1, 0x41], "PROXY "u8.ToArray(), [0xFF, 0xFF], "/run/a.sock"u8.ToArray(), "\0name"u8.ToArray(),
    ];
}
