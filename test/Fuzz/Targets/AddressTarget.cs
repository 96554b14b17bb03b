using System.Net;
using System.Net.Sockets;

namespace Kestrel.Streams.Tests;

/// <summary>
/// The addresses of configuration and options. An address is what it was read from, its end point can be used, and the parts of it written
/// again are the same address; anything else is told in words.
/// </summary>
internal sealed class AddressTarget : Target
{
    public static IReadOnlyList<byte[]> Words { get; } = ByteText.Tokens(
        "tcp://", "tls://", "unix:", "unix:@", "unix:///", "fd:", "systemd:", "ws://", "wss://", "//", "[", "]", "[::1]", "::", "%eth0", "*", ":0", ":65536", "@", "?", "#", "/",
        "127.0.0.1", "example.com", "xn--", "ünï", "ⓔ", ".", "..", "-", "\0", "\n", "\u001b[31m", "\u2028", "\u202e", "user:pass@", "%00", "%0a", "0x7f.1", "256.256.256.256", "\u0130", "\u00ad");

    public override string Name => "address";

    public override int Longest => 300;

    public override IReadOnlyList<byte[]> Tokens => Words;

    public override string Run(byte[] input)
    {
        var text = ByteText.Of(input);
        var isGood = StreamAddress.TryParse(text, out var address, out var fault);
        Assert.Equal(isGood, address is not null);
        Assert.Equal(isGood, fault is null);
        if (address is null)
        {
            Assert.False(string.IsNullOrEmpty(fault) || fault.EndsWith('.'), "It does not say what is wrong.");
            return FaultWords(fault);
        }

        Assert.Equal(text, address.ToString());
        Assert.StartsWith(SchemeOf(address), text, StringComparison.OrdinalIgnoreCase);
        // What the system is given must be something that it can be given.
        if (address.EndPoint is IPEndPoint or UnixDomainSocketEndPoint) Assert.NotNull(address.EndPoint.Serialize());
        Assert.True(StreamAddress.TryParse(Write(address), out var again, out fault), $"Written again it is none: {fault}.");
        Assert.Equal(
            (address.Kind, address.Host, address.Port, address.Path, address.Descriptor, address.Name, address.Uri, address.EndPoint),
            (again.Kind, again.Host, again.Port, again.Path, again.Descriptor, again.Name, again.Uri, again.EndPoint));
        return $"{address.Kind} {address.EndPoint?.GetType().Name}";
    }

    /// <summary>Without what it quotes: so many outcomes there are as sentences.</summary>
    public static string FaultWords(string fault) => fault.IndexOf('\'', StringComparison.Ordinal) is >= 0 and var quote ? fault[..quote] : string.Concat(fault.Where(static letter => !char.IsAsciiDigit(letter)));

    private static string SchemeOf(StreamAddress address) => address.Kind switch
    {
        StreamAddressKind.Tcp => "tcp://",
        StreamAddressKind.Tls => "tls://",
        StreamAddressKind.Unix => "unix:",
        StreamAddressKind.Descriptor => "fd:",
        StreamAddressKind.Systemd => "systemd:",
        _ => "ws",
    };

    private static string Write(StreamAddress address) => address.Kind switch
    {
        StreamAddressKind.Unix => "unix:" + (address.Path![0] == '\0' ? "@" + address.Path[1..] : address.Path),
        StreamAddressKind.Descriptor => FormattableString.Invariant($"fd:{address.Descriptor}"),
        StreamAddressKind.Systemd => "systemd:" + address.Name,
        StreamAddressKind.WebSocket => address.Uri!.OriginalString,
        _ => SchemeOf(address) + FormattableString.Invariant($"{(address.Host!.Contains(':', StringComparison.Ordinal) ? $"[{address.Host}]" : address.Host)}:{address.Port}"),
    };
}

/// <summary>The same for a client, which can use fewer, and says so with an exception of one kind.</summary>
internal sealed class ClientAddressTarget : Target
{
    public override string Name => "client-address";

    public override int Longest => 300;

    public override IReadOnlyList<byte[]> Tokens => AddressTarget.Words;

    public override string Run(byte[] input)
    {
        var text = ByteText.Of(input);
        var isGood = ClientAddress.TryParse(text, out var address, out var fault);
        var thrown = Record.Exception(() => ClientAddress.Parse(text, "address"));
        if (!isGood)
        {
            Assert.True(address is null && fault is not null, "It does not say what is wrong.");
            Assert.Equal("address", Assert.IsType<ArgumentException>(thrown).ParamName);
            return AddressTarget.FaultWords(fault);
        }

        Assert.Null(thrown);
        Assert.True(StreamAddress.TryParse(text, out _, out _), "A client takes what is no address.");
        Assert.True(address!.Kind is StreamAddressKind.WebSocket || address.EndPoint is not null, "There is nothing to connect to.");
        Assert.True(address.EndPoint is not (IPEndPoint { Port: 0 } or DnsEndPoint { Port: 0 }), "There is no port to connect to.");
        return $"{address.Kind} {ClientAddress.IsSecure(address)}";
    }
}
