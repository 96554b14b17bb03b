using Microsoft.Extensions.Logging;

namespace Kestrel.Streams;

/// <summary>What is logged of connections before their handler; the numbers go on where <see cref="StreamLog"/> has room.</summary>
internal static partial class AdmissionLog
{
    /// <summary>Aborts the stream, with one line in the log.</summary>
    /// <returns>The reason.</returns>
    public static string Refuse(this ConnectionStream stream, ILogger log, LogLevel level, string reason, string why)
    {
        var peer = stream.Peer();
        // First, so that whoever sees the end finds the reason in the log.
        log.ConnectionRefused(level, stream.Id, peer, reason, why);
        stream.Abort();
        return reason;
    }

    [LoggerMessage(EventId = 31, Message = "Connection {ConnectionId} from {Peer} is refused ({Reason}): {Why}.")]
    private static partial void ConnectionRefused(this ILogger logger, LogLevel level, string connectionId, string peer, string reason, string why);

    [LoggerMessage(32, LogLevel.Error, "The AllowPeer filter failed for connection {ConnectionId} of user {UserId}, group {GroupId}, process {ProcessId}: the connection is refused ({Reason}).")]
    public static partial void PeerFilterFailed(this ILogger logger, Exception error, string connectionId, uint userId, uint groupId, int processId, string reason);
}
