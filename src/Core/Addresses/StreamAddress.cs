using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Kestrel.Streams;

/// <summary>
/// An address as configuration and options write it: <c>tcp://host:port</c>, <c>tls://host:port</c>, <c>unix:path</c>, <c>unix:@name</c>,
/// <c>fd:number</c>, <c>systemd:name</c>, <c>ws://...</c>, <c>wss://...</c>.
/// </summary>
/// <remarks>It knows nothing of server or client: whoever uses it refuses the kinds, hosts and ports it cannot use.</remarks>
internal sealed class StreamAddress
{
    /// <summary>The host of <c>tcp://*:port</c>: all interfaces of a server.</summary>
    public const string AllInterfaces = "*";

    // sun_path has 108 bytes: a path needs the last for its NUL, an abstract name the first.
    private const int LongestPath = 107;

    private readonly string _text;

    private StreamAddress(string text, StreamAddressKind kind) => (_text, Kind) = (text, kind);

    /// <summary>What it leads to; tells which of the other members are set.</summary>
    public StreamAddressKind Kind { get; }

    /// <summary>TCP and TLS: a name, an IP address without brackets, or <see cref="AllInterfaces"/>.</summary>
    public string? Host { get; private init; }

    /// <summary>TCP and TLS: 0, any, to 65,535.</summary>
    public int Port { get; private init; }

    /// <summary>Unix: the path, or an abstract name behind a NUL, as <see cref="UnixDomainSocketEndPoint"/> takes both.</summary>
    public string? Path { get; private init; }

    /// <summary>The number of an inherited descriptor.</summary>
    public int Descriptor { get; private init; }

    /// <summary>The name systemd passes a socket by.</summary>
    public string? Name { get; private init; }

    /// <summary>WebSocket: the address itself.</summary>
    public Uri? Uri { get; private init; }

    /// <summary>
    /// The end point to connect to, or to bind: a <see cref="DnsEndPoint"/>, an <see cref="IPEndPoint"/> or a
    /// <see cref="UnixDomainSocketEndPoint"/>; null where there is none: all interfaces, descriptors, systemd, WebSockets.
    /// </summary>
    public EndPoint? EndPoint { get; private init; }

    /// <summary>Reads an address.</summary>
    /// <param name="text">The address.</param>
    /// <param name="address">The address, where it is one.</param>
    /// <param name="fault">
    /// Otherwise what is wrong and what would be right, to stand behind "Url is 'text': ", without a full stop at its end.
    /// </param>
    public static bool TryParse(
        string text, [NotNullWhen(true)] out StreamAddress? address, [NotNullWhen(false)] out string? fault)
    {
        (address, fault) = Read(text);
        return address is not null;
    }

    /// <summary>The text it was read from.</summary>
    public override string ToString() => _text;

    private static (StreamAddress?, string?) Read(string text)
    {
        const string Schemes = "tcp://host:port, tls://host:port, unix:/path, unix:@name, fd:number, systemd:name, ws://host/path or wss://host/path";
        if (text.Length == 0)
            return Fault($"it is empty, write {Schemes}");
        if (text.Contains('\0', StringComparison.Ordinal))
            return Fault("there is a NUL character in it, leave it out (an abstract Unix name is written unix:@name)");
        var colon = text.IndexOf(':', StringComparison.Ordinal);
        if (colon < 0)
            return Fault($"it has no scheme, write {Schemes}");

        var (scheme, rest) = (text[..colon].ToLowerInvariant(), text[(colon + 1)..]);
        return scheme switch
        {
            "tcp" => HostAndPort(text, StreamAddressKind.Tcp, scheme, rest),
            "tls" => HostAndPort(text, StreamAddressKind.Tls, scheme, rest),
            "unix" => UnixPath(text, rest),
            "fd" => InheritedDescriptor(text, rest),
            "systemd" => SystemdName(text, rest),
            "ws" or "wss" => WebSocket(text, scheme),
            _ => Fault($"its scheme '{text[..colon]}' is none of ours, write {Schemes}"),
        };
    }

    private static (StreamAddress?, string?) HostAndPort(string text, StreamAddressKind kind, string scheme, string rest)
    {
        if (!rest.StartsWith("//", StringComparison.Ordinal))
            return Fault($"there is no // behind the scheme, write {scheme}://host:port");
        var place = rest[2..];
        if (place.IndexOfAny(['/', '?', '#', '@']) >= 0)
            return Fault($"there is more than a host and a port in it, write {scheme}://host:port and nothing else");

        var colon = place.LastIndexOf(':');
        if (colon < place.LastIndexOf(']'))
            colon = -1;
        var host = colon < 0 ? place : place[..colon];
        if (host.Length == 0)
            return Fault($"it has no host, write {scheme}://host:port");
        if (host.Contains(':', StringComparison.Ordinal) && host[0] != '[')
            return Fault($"an IPv6 address stands in brackets, write {scheme}://[address]:port");
        if (ToEndPoint(host, port: 0) is null && host != AllInterfaces)
            return Fault($"'{host}' is no host, write a name, an IPv4 address, an IPv6 address in brackets, or * for all interfaces");
        if (colon < 0)
            return Fault($"it has no port, write {scheme}://{host}:port");
        if (!int.TryParse(place.AsSpan(colon + 1), NumberStyles.None, CultureInfo.InvariantCulture, out var port) || port > IPEndPoint.MaxPort)
            return Fault($"its port is '{place[(colon + 1)..]}', write a number from 0 to {IPEndPoint.MaxPort}");

        var endPoint = ToEndPoint(host, port);
        return Good(new(text, kind) { Host = host.Trim('[', ']'), Port = port, EndPoint = endPoint });
    }

    private static EndPoint? ToEndPoint(string host, int port) =>
        host[0] == '['
            ? host[^1] == ']' && IPAddress.TryParse(host[1..^1], out var six) && six.AddressFamily is AddressFamily.InterNetworkV6
                ? new IPEndPoint(six, port)
                : null
            : Uri.CheckHostName(host) switch
            {
                UriHostNameType.IPv4 => new IPEndPoint(IPAddress.Parse(host), port),
                UriHostNameType.Dns => new DnsEndPoint(host, port),
                _ => null,
            };

    private static (StreamAddress?, string?) UnixPath(string text, string path)
    {
        if (path is "" or "@")
            return Fault("it has no path, write unix:/path, or unix:@name for an abstract name");
        // "unix://run/x.sock" looks like the path run/x.sock and would be /run/x.sock; three slashes are one to the system.
        if (path.StartsWith("//", StringComparison.Ordinal) && !path.StartsWith("///", StringComparison.Ordinal))
            return Fault("the path follows the colon without //, write unix:/path, or unix:path for one from the working directory");
        var (what, name) = path[0] == '@' ? ("abstract name", path[1..]) : ("path", path);
        var length = Encoding.UTF8.GetByteCount(name);
        if (length > LongestPath)
            return Fault($"its {what} has {length} bytes, use one of at most {LongestPath}");

        var native = path[0] == '@' ? '\0' + name : path;
        return Good(new(text, StreamAddressKind.Unix) { Path = native, EndPoint = new UnixDomainSocketEndPoint(native) });
    }

    private static (StreamAddress?, string?) InheritedDescriptor(string text, string number) =>
        int.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out var descriptor)
            ? Good(new(text, StreamAddressKind.Descriptor) { Descriptor = descriptor })
            : Fault($"'{number}' is no number of a descriptor, write fd:3 or whatever it is");

    // systemd's own rule for FileDescriptorName=.
    private static (StreamAddress?, string?) SystemdName(string text, string name) =>
        name.Length is >= 1 and <= 255 && name.All(letter => letter is > ' ' and <= '~' and not ':')
            ? Good(new(text, StreamAddressKind.Systemd) { Name = name })
            : Fault("there is no name that systemd could pass, write systemd:name with the FileDescriptorName of the socket unit, 1 to 255 "
                + "ASCII characters without blanks and colons");

    private static (StreamAddress?, string?) WebSocket(string text, string scheme)
    {
        if (!Uri.TryCreate(text, UriKind.Absolute, out var uri) || uri.Host.Length == 0 || uri.Port == 0)
            return Fault($"it has no host, or something that no URL may have, write {scheme}://host/path or {scheme}://host:port/path");
        return uri.UserInfo.Length > 0 || uri.Fragment.Length > 0
            ? Fault($"it has user info or a fragment, which WebSockets have not, write {scheme}://host/path")
            : Good(new(text, StreamAddressKind.WebSocket) { Uri = uri });
    }

    private static (StreamAddress?, string?) Good(StreamAddress address) => (address, null);

    private static (StreamAddress?, string?) Fault(string fault) => (null, fault);
}
