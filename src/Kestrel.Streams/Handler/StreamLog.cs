using System.Net;
using Microsoft.Extensions.Logging;

namespace Kestrel.Streams;

/// <summary>The log messages. Routine faults of the network, and what our own stop causes, are no errors.</summary>
internal static partial class StreamLog
{
    /// <summary>The other end of a stream, for a sentence.</summary>
    public static string Peer(this ConnectionStream stream) => PeerAt(stream.RemoteEndPoint);

    /// <summary>The other end of a connection, for a sentence.</summary>
    public static string PeerAt(EndPoint? endPoint) => PrintableText.Of(endPoint) is { Length: > 0 } address ? address : "an unnamed peer";

    [LoggerMessage(1, LogLevel.Error, "The handler of connection {ConnectionId} from {Peer} failed: the connection is aborted.")]
    public static partial void HandlerFailed(this ILogger logger, Exception error, string connectionId, string peer);

    [LoggerMessage(2, LogLevel.Debug, "Connection {ConnectionId} from {Peer} was broken by the peer or the network.")]
    public static partial void ConnectionBroken(this ILogger logger, Exception error, string connectionId, string peer);

    [LoggerMessage(3, LogLevel.Debug, "The handler of connection {ConnectionId} from {Peer} ended because the server stops.")]
    public static partial void HandlerStopped(this ILogger logger, Exception error, string connectionId, string peer);

    [LoggerMessage(4, LogLevel.Error, "Handler {Handler} of connection {ConnectionId} from {Peer} ignores the stop of the server: it still runs although its connection was aborted, and is left behind.")]
    public static partial void HandlerIgnoresStop(this ILogger logger, string handler, string connectionId, string peer);

    [LoggerMessage(5, LogLevel.Information, "Server {Server} listens on {EndPoint}.")]
    public static partial void Listening(this ILogger logger, string server, EndPoint endPoint);

    [LoggerMessage(6, LogLevel.Information, "Server {Server} has closed: {Finished} connections finished, {Cut} were cut.")]
    public static partial void ServerClosed(this ILogger logger, string server, long finished, int cut);

    [LoggerMessage(7, LogLevel.Warning, "Accepting on {EndPoint} failed ({Message}): trying again in {Milliseconds} ms; failed attempts since the last such line: {Count}.")]
    public static partial void AcceptFailed(this ILogger logger, Exception error, EndPoint endPoint, string message, int count, double milliseconds);

    [LoggerMessage(8, LogLevel.Information, "The TLS handshake of connection {ConnectionId} from {Peer} failed: {Message}.")]
    public static partial void HandshakeFailed(this ILogger logger, string connectionId, string peer, string message);

    [LoggerMessage(9, LogLevel.Debug, "The TLS handshake of connection {ConnectionId} from {Peer} was cut because the server stops.")]
    public static partial void HandshakeCut(this ILogger logger, string connectionId, string peer);

    [LoggerMessage(10, LogLevel.Error, "What the handler of connection {ConnectionId} from {Peer} has registered for the stop of the server failed.")]
    public static partial void StoppingCallbackFailed(this ILogger logger, Exception error, string connectionId, string peer);

    [LoggerMessage(11, LogLevel.Warning, "Server {Server} is full: it has its {Max} connections (MaxConnections), and {What} until one ends.")]
    public static partial void ServerIsFull(this ILogger logger, string server, int? max, string what);

    [LoggerMessage(12, LogLevel.Debug, "A connection from {Peer} to {EndPoint} is rejected: the server is full.")]
    public static partial void Rejected(this ILogger logger, string peer, EndPoint endPoint);

    [LoggerMessage(13, LogLevel.Debug, "A connection from {Address} is rejected: the address has its {Max} connections (MaxConnectionsPerAddress).")]
    public static partial void AddressIsFull(this ILogger logger, string address, int? max);

    [LoggerMessage(14, LogLevel.Debug, "Connection {ConnectionId} from {Peer} is over a timeout: {Timeout}.")]
    public static partial void TimedOut(this ILogger logger, string connectionId, string peer, ConnectionTimeout timeout);
}
