using System.Net.Security;
using System.Net.Sockets;
using System.Runtime.CompilerServices;
using Microsoft.Extensions.Logging;

namespace Kestrel.Streams;

/// <summary>How a <see cref="StreamServer"/> or <see cref="UnixStreamServer"/> listens and serves. The values are read when the server is made.</summary>
public partial class StreamServerOptions
{
    private TimeSpan? _handshakeTimeout;

    /// <summary>The name of the server in logs, metrics and traces; null, its class and addresses, unless set. <c>AddStreamServer</c> sets it.</summary>
    public string? Name { get; set; }

    /// <summary>The limit of the streams in bytes, above zero; 65,536 unless set. asyncio: <c>limit</c>.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is zero or below.</exception>
    public int Limit { get; set => field = ConnectionStreamOptions.Positive(value); } = ConnectionStream.DefaultLimit;

    /// <summary>
    /// The host names or addresses to listen on, instead of the one of the constructor; empty for that one. asyncio: a sequence as <c>host</c>.
    /// </summary>
    public IList<string> Hosts { get; } = [];

    /// <summary>
    /// The family to listen in: <see cref="System.Net.Sockets.AddressFamily.InterNetwork"/> or
    /// <see cref="System.Net.Sockets.AddressFamily.InterNetworkV6"/>; unspecified, that is both, unless set. asyncio: <c>family</c>.
    /// </summary>
    public AddressFamily AddressFamily { get; set; } = AddressFamily.Unspecified;

    /// <summary>
    /// A bound stream socket to listen on, instead of a host and port or a path; it is closed with the server, also with one that was
    /// never bound. asyncio: <c>sock</c>.
    /// </summary>
    public Socket? Socket { get; set; }

    /// <summary>How many connections may wait to be accepted, above zero; 100 unless set. asyncio: <c>backlog</c>.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is zero or below.</exception>
    public int Backlog { get; set => field = ConnectionStreamOptions.Positive(value); } = 100;

    /// <summary>
    /// TLS for every connection, with the certificate of the server and what else .NET knows to set: selection by name (SNI), client
    /// certificates, protocol versions, ALPN; null, none, unless set. asyncio: <c>ssl</c>.
    /// </summary>
    /// <remarks>
    /// The handler gets the stream when the handshake is done. One that fails is logged in one line at Information, and its connection closed.
    /// </remarks>
    public SslServerAuthenticationOptions? Tls { get; set; }

    /// <summary>
    /// How long a TLS handshake may take before its connection is aborted; above zero, or <see cref="Timeout.InfiniteTimeSpan"/>; 10 seconds
    /// unless set. It may be set only with <see cref="Tls"/>. asyncio: <c>ssl_handshake_timeout</c>, 60 seconds there.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is zero, below zero or more than a timer can count.</exception>
    public TimeSpan HandshakeTimeout
    {
        get => _handshakeTimeout ?? TimeSpan.FromSeconds(10);
        set => _handshakeTimeout = ConnectionStreamOptions.TimerSpan(value);
    }

    /// <summary>
    /// Whether a port may be bound while connections of a server that held it are in TIME_WAIT; null, the platform's habit, unless set.
    /// asyncio: <c>reuse_address</c>. On Unix .NET always allows it, as asyncio does, and false changes nothing there.
    /// </summary>
    public bool? ReuseAddress { get; set; }

    /// <summary>
    /// Whether several processes may listen on one port and share its connections, where the platform can; false unless set.
    /// asyncio: <c>reuse_port</c>.
    /// </summary>
    public bool ReusePort { get; set; }

    /// <summary>
    /// How long a close waits for the handlers, zero or above or <see cref="Timeout.InfiniteTimeSpan"/>; 60 seconds unless set. Then
    /// their connections are aborted, and it waits as long once more, at most 5 seconds. A TLS handshake that is under way counts as a
    /// handler. asyncio: <c>shutdown_timeout</c>.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is below zero or more than a timer can count.</exception>
    public TimeSpan ShutdownTimeout { get; set => field = Wait(value, nameof(ShutdownTimeout)); } = TimeSpan.FromSeconds(60);

    /// <summary>
    /// Where the server logs; null, warnings and errors on standard error, unless set. Give <c>NullLoggerFactory.Instance</c> for silence.
    /// </summary>
    /// <remarks>
    /// What peers send is not logged at any level, unless <see cref="WireLog"/> asks for it. The name of a Unix peer is, with escapes for
    /// whatever in it is not print. An exception of the handler is logged as it was thrown: what its message quotes is the handler's matter.
    /// </remarks>
    public ILoggerFactory? LoggerFactory { get; set; }

    /// <summary>What is wrong in the configuration, a line each.</summary>
    internal IReadOnlyList<string> Faults { get; set; } = [];

    /// <summary>Whether the certificate that the configuration names cannot be used, which is told already.</summary>
    internal bool HasFaultyCertificate { get; set; }

    internal bool HasHandshakeTimeout => _handshakeTimeout is not null;

    /// <summary>The values as they are now.</summary>
    internal StreamServerOptions Copy() => (StreamServerOptions)MemberwiseClone();

    private static TimeSpan? TimerSpan(TimeSpan? value, [CallerMemberName] string name = "") =>
        value is { } span ? ConnectionStreamOptions.TimerSpan(span, name) : null;

    private static int? Positive(int? value, [CallerMemberName] string name = "") =>
        value is { } count ? ConnectionStreamOptions.Positive(count, name) : null;

    private static TimeSpan Wait(TimeSpan value, string name)
    {
        if (value != Timeout.InfiniteTimeSpan && (value < TimeSpan.Zero || value.TotalMilliseconds > uint.MaxValue - 1))
            throw new ArgumentOutOfRangeException(name, value, $"{name} is {value}: it must be at least zero and at most 49 days, or Timeout.InfiniteTimeSpan.");
        return value;
    }
}
