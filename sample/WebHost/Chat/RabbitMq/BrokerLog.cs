namespace Kestrel.Streams.Samples.WebHost.Chat.RabbitMq;

/// <summary>What an operator is told. The credentials of the broker are not in it.</summary>
internal static partial class BrokerLog
{
    [LoggerMessage(1, LogLevel.Warning, "The chat cannot connect to RabbitMQ at {Host}:{Port}, and tries on: {Reason}")]
    public static partial void CannotConnect(this ILogger logger, string host, int port, string reason);

    [LoggerMessage(2, LogLevel.Warning, "The chat has lost RabbitMQ at {Host}:{Port}, and connects again: {Reason}")]
    public static partial void CutOff(this ILogger logger, string host, int port, string reason);

    [LoggerMessage(3, LogLevel.Warning, "Entry {Offset} of the log is none of this chat, and was left out: {Reason}")]
    public static partial void StrangeEntry(this ILogger logger, long offset, string reason);

    [LoggerMessage(4, LogLevel.Critical, "The chat hears of the other nodes no more, and does not try again: this node must be restarted.")]
    public static partial void Ended(this ILogger logger, Exception error);

    [LoggerMessage(5, LogLevel.Warning, "The node has stopped with {Count} entries that RabbitMQ at {Host}:{Port} has not confirmed, as lines of its users: they may be lost.")]
    public static partial void Unconfirmed(this ILogger logger, int count, string host, int port);
}
