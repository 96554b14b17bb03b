using Microsoft.Extensions.Logging;

namespace Kestrel.Streams;

/// <summary>Lets connections of a Unix socket in by who is at their other end.</summary>
internal static class PeerGate
{
    /// <summary>Asks the filter, or aborts the stream and logs why.</summary>
    /// <returns>Null, or the reason word of the refusal.</returns>
    public static string? Admit(ConnectionStream stream, Func<UnixPeerCredentials, bool> allowPeer, ILogger log)
    {
        if (stream.GetExtraInfo("peercred") is not UnixPeerCredentials peer)
            return stream.Refuse(log, LogLevel.Warning, RefusalReason.PeerNotAllowed, "its user is not known, so AllowPeer cannot be asked");
        try
        {
            if (allowPeer(peer)) return null;
        }
        catch (Exception e)
        {
            log.PeerFilterFailed(e, stream.Id, peer.UserId, peer.GroupId, peer.ProcessId, RefusalReason.PeerNotAllowed);
            stream.Abort();
            return RefusalReason.PeerNotAllowed;
        }

        return stream.Refuse(log, LogLevel.Warning, RefusalReason.PeerNotAllowed,
            $"AllowPeer does not let in user {peer.UserId}, group {peer.GroupId}, process {peer.ProcessId}");
    }
}
