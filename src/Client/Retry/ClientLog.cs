using Microsoft.Extensions.Logging;

namespace Kestrel.Streams;

/// <summary>What a named client logs.</summary>
internal static partial class ClientLog
{
    /// <summary>The category of them all.</summary>
    public const string Category = "Kestrel.Streams.Client";

    [LoggerMessage(1, LogLevel.Information, "{Reason} Attempt {Attempt} of {MaxAttempts} follows in {Delay:0.###} s.", EventName = "ConnectFails")]
    public static partial void ConnectFails(this ILogger logger, string reason, int attempt, int maxAttempts, double delay);
}
