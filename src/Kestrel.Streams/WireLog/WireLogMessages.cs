using Microsoft.Extensions.Logging;

namespace Kestrel.Streams;

/// <summary>The messages of the wire log.</summary>
internal static partial class WireLogMessages
{
    [LoggerMessage(40, LogLevel.Information, "Connection {ConnectionId} received {Count} bytes:\n{Dump}", SkipEnabledCheck = true)]
    public static partial void WireReceived(this ILogger logger, string connectionId, int count, string dump);

    [LoggerMessage(41, LogLevel.Information, "Connection {ConnectionId} received the end.")]
    public static partial void WireReceivedEnd(this ILogger logger, string connectionId);

    [LoggerMessage(42, LogLevel.Information, "Connection {ConnectionId} sends {Count} bytes:\n{Dump}", SkipEnabledCheck = true)]
    public static partial void WireSent(this ILogger logger, string connectionId, int count, string dump);

    [LoggerMessage(43, LogLevel.Information, "Connection {ConnectionId} sends {Count} bytes of the file {File}.")]
    public static partial void WireSentFile(this ILogger logger, string connectionId, long count, string file);
}
