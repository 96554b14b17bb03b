using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Net.WebSockets;
using System.Runtime.CompilerServices;

namespace Kestrel.Streams;

/// <summary>How <see cref="StreamClient"/> connects, and what stream it makes. The values are read while it connects.</summary>
public class StreamClientOptions
{
    // The kernel counts the idle time in whole seconds and takes no more than this.
    private static readonly TimeSpan _longestKeepAlive = TimeSpan.FromSeconds(32767);

    private TimeSpan? _handshakeTimeout;

    /// <summary>
    /// Where a named client connects to (<see cref="IStreamClientFactory"/>): <c>tcp://host:port</c>, <c>tls://host:port</c>,
    /// <c>unix:/path</c>, <c>unix:@name</c> for an abstract name, <c>ws://host/path</c> or <c>wss://host/path</c>. Null unless set.
    /// <see cref="StreamClient"/> does not look at it, because its caller says where to.
    /// </summary>
    public string? Url { get; set; }

    /// <summary>
    /// Whether, how often and how soon a connect that failed is tried again. Null, not at all, unless set; a named client
    /// (<see cref="IStreamClientFactory"/>) begins with <c>new()</c>. asyncio has none.
    /// </summary>
    public StreamRetryOptions? Retry { get; set; }

    /// <summary>
    /// The greatest length of a line or record in bytes, its separator not counted; above zero; 65,536 unless set.
    /// asyncio: <c>limit</c>.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is zero or below.</exception>
    public int Limit { get; set => field = ConnectionStreamOptions.Positive(value); } = ConnectionStream.DefaultLimit;

    /// <summary>
    /// TLS over the connection, with the options of the BCL: versions, certificates, ALPN, revocation; <c>new()</c> is what the platform
    /// thinks right. Null, no TLS, unless set. asyncio: <c>ssl</c>, whose <c>True</c> is <c>new()</c>.
    /// </summary>
    /// <remarks>
    /// The connect works on a copy with the name of the server in it (<see cref="ServerHostname"/>): this object is not changed, and may
    /// serve many connects.
    /// </remarks>
    public SslClientAuthenticationOptions? Tls { get; set; }

    /// <summary>
    /// The name that the server's certificate has to be for, which the server is also told (SNI). It goes before the
    /// <see cref="SslClientAuthenticationOptions.TargetHost"/> of <see cref="Tls"/>, and that before the host connected to. A Unix socket
    /// and a socket that is connected already have no host: there one of the two has to be set. Only with <see cref="Tls"/>. Null unless
    /// set. asyncio: <c>server_hostname</c>.
    /// </summary>
    /// <exception cref="ArgumentException">The value is empty.</exception>
    public string? ServerHostname
    {
        get;
        set => field = NotEmpty(value);
    }

    /// <summary>
    /// How long the TLS handshake may take, which begins when the connection is there; above zero, or
    /// <see cref="Timeout.InfiniteTimeSpan"/>; 10 seconds unless set. To be set only with <see cref="Tls"/>.
    /// asyncio: <c>ssl_handshake_timeout</c>, 60 seconds there.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is zero, below zero or more than a timer can count.</exception>
    public TimeSpan HandshakeTimeout
    {
        get => _handshakeTimeout ?? TimeSpan.FromSeconds(10);
        set => _handshakeTimeout = ConnectionStreamOptions.TimerSpan(value);
    }

    /// <summary>
    /// How long connecting may take in all, name resolution included; above zero, or <see cref="Timeout.InfiniteTimeSpan"/> for as
    /// long as the system tries (about two minutes an address); 30 seconds unless set. asyncio has none.
    /// </summary>
    /// <remarks>
    /// Every address of a host has its turn within this time, so that one that does not answer does not use up the time of the others:
    /// where many addresses share a short time, <see cref="HappyEyeballsDelay"/> is cut to an even share of it, and addresses that are
    /// tried one at a time have an even share each. The TLS handshake comes after it and has <see cref="HandshakeTimeout"/>. With
    /// <see cref="Retry"/> each attempt has both times anew.
    /// </remarks>
    /// <exception cref="ArgumentOutOfRangeException">The value is zero, below zero or more than a timer can count.</exception>
    public TimeSpan ConnectTimeout { get; set => field = ConnectionStreamOptions.TimerSpan(value); } = TimeSpan.FromSeconds(30);

    /// <summary>
    /// The only addresses to use: <see cref="System.Net.Sockets.AddressFamily.InterNetwork"/> or
    /// <see cref="System.Net.Sockets.AddressFamily.InterNetworkV6"/>; <see cref="System.Net.Sockets.AddressFamily.Unspecified"/>, both,
    /// unless set. It does not concern Unix sockets. asyncio: <c>family</c>.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is none of the three.</exception>
    public AddressFamily AddressFamily
    {
        get;
        set => field = Internet(value);
    } = AddressFamily.Unspecified;

    /// <summary>
    /// How long an address that has not answered yet is tried alone before the next one is tried beside it ("Happy Eyeballs", RFC 8305);
    /// above zero, or <see cref="Timeout.InfiniteTimeSpan"/> to try one address at a time; 250 milliseconds unless set.
    /// asyncio: <c>happy_eyeballs_delay</c>, whose None is the infinite one here.
    /// </summary>
    /// <remarks>
    /// The first address to connect wins, and the sockets of the others are gone when the stream is returned. An address that fails has
    /// the next one tried at once, whatever the delay.
    /// </remarks>
    /// <exception cref="ArgumentOutOfRangeException">The value is zero, below zero or more than a timer can count.</exception>
    public TimeSpan HappyEyeballsDelay { get; set => field = ConnectionStreamOptions.TimerSpan(value); } = TimeSpan.FromMilliseconds(250);

    /// <summary>
    /// How many addresses of the family that the resolver put first are tried before the first one of the other family; from then on
    /// they take turns. 0 keeps the order of the resolver. Null, unless set, is 1, or 0 where <see cref="HappyEyeballsDelay"/> is
    /// infinite. asyncio: <c>interleave</c>.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is below zero.</exception>
    public int? Interleave
    {
        get;
        set => field = value is { } count ? ConnectionStreamOptions.NotNegative(count) : null;
    }

    /// <summary>
    /// The address of this end, to which the socket is bound before it connects; port 0 for any; null, the system's choice, unless set.
    /// It must be of the family of the address that is connected to; addresses of the other family fail. With a port other than 0 one
    /// address is tried at a time, because two sockets cannot have the port at once. asyncio: <c>local_addr</c>.
    /// </summary>
    public EndPoint? LocalEndPoint { get; set; }

    /// <summary>Whether small writes leave at once (<c>TCP_NODELAY</c>); true unless set. TCP only. asyncio always does so.</summary>
    public bool NoDelay { get; set; } = true;

    /// <summary>
    /// The idle time after which TCP asks whether the other end is still there, rounded up to whole seconds; above zero and at most
    /// 32,767 seconds; null, never, unless set. TCP only.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is zero, below zero or above 32,767 seconds.</exception>
    public TimeSpan? KeepAlive
    {
        get;
        set => field = IdleTime(value);
    }

    /// <summary>
    /// Finds the addresses of a host name in place of the system's resolver: service discovery, tests. They are tried in the order given,
    /// the families mixed as <see cref="Interleave"/> says, those of another family than <see cref="AddressFamily"/> left out. A host that
    /// is an IP address does not come here. Null unless set.
    /// </summary>
    public Func<string, CancellationToken, ValueTask<IReadOnlyList<IPAddress>>>? ResolveCallback { get; set; }

    /// <summary>
    /// Makes the connection in place of this library: proxies, tunnels, special sockets. Called once for a connect (for each attempt of one
    /// with <see cref="Retry"/>), with the end point as it was asked for, not resolved; it must return a connected stream socket, which the
    /// stream then owns. Null unless set.
    /// </summary>
    /// <remarks>
    /// <see cref="ConnectTimeout"/>, <see cref="NoDelay"/> and <see cref="KeepAlive"/> apply as ever; <see cref="ResolveCallback"/>,
    /// <see cref="AddressFamily"/>, <see cref="HappyEyeballsDelay"/>, <see cref="Interleave"/> and <see cref="LocalEndPoint"/> are the
    /// callback's own matter. The token is cancelled when the caller
    /// gives up or the time is over; a socket that is returned after that is disposed. What the callback throws is inside a
    /// <see cref="StreamConnectException"/>.
    /// </remarks>
    public Func<StreamConnectContext, CancellationToken, ValueTask<Socket>>? ConnectCallback { get; set; }

    /// <summary>
    /// Sets what a WebSocket has beside its connection: request headers such as <c>Authorization</c>, sub-protocols, keep-alive, compression,
    /// HTTP/2. Called once for a connect. For <see cref="StreamClient.ConnectWebSocketAsync"/> only. Null unless set.
    /// </summary>
    /// <remarks>
    /// Certificates and what checks them belong into <see cref="Tls"/>, a cookie into the header of that name; a proxy is a matter of
    /// <see cref="ConnectCallback"/>.
    /// </remarks>
    public Action<ClientWebSocketOptions>? ConfigureWebSocket { get; set; }

    /// <summary>Whether somebody has set <see cref="HandshakeTimeout"/>.</summary>
    internal bool HasHandshakeTimeout => _handshakeTimeout is not null;

    /// <summary>The clock and the timers of a connect; a test has its own.</summary>
    internal TimeProvider Time { get; set; } = TimeProvider.System;

    /// <summary><see cref="Interleave"/>, decided.</summary>
    internal int FirstFamilyCount => Interleave ?? (HappyEyeballsDelay == Timeout.InfiniteTimeSpan ? 0 : 1);

    private static AddressFamily Internet(AddressFamily value, [CallerMemberName] string name = "") =>
        value is AddressFamily.Unspecified or AddressFamily.InterNetwork or AddressFamily.InterNetworkV6
            ? value
            : throw new ArgumentOutOfRangeException(
                name, value, $"{name} is {value}: it must be InterNetwork, InterNetworkV6, or Unspecified for both.");

    private static string? NotEmpty(string? value, [CallerMemberName] string name = "") =>
        value is not ""
            ? value
            : throw new ArgumentException(
                $"{name} is empty: give a name, or null; a name that is not to be checked is a matter of Tls.RemoteCertificateValidationCallback.", name);

    private static TimeSpan? IdleTime(TimeSpan? value, [CallerMemberName] string name = "") =>
        value is null || (value > TimeSpan.Zero && value <= _longestKeepAlive)
            ? value
            : throw new ArgumentOutOfRangeException(
                name, value, $"{name} is {value}: it must be above zero and at most {_longestKeepAlive.TotalSeconds:0} seconds, or null.");
}
