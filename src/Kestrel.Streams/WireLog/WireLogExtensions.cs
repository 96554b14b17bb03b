using Microsoft.Extensions.Logging;

namespace Kestrel.Streams;

/// <summary>Logs the bytes of one connection. asyncio has none: debug mode logs its own steps only.</summary>
public static class WireLogExtensions
{
    /// <summary>The category of <see cref="StreamServerOptions.WireLog"/>.</summary>
    internal const string Category = "Kestrel.Streams.Wire";

    /// <summary>Logs what the stream receives and sends from now on, at Information, in the form of <c>xxd</c>. Also on a client's stream.</summary>
    /// <remarks>
    /// <para>It is the plaintext above TLS. Received bytes are logged when they come, whether or not they are read then; bytes to send
    /// when they are first offered to the system, those of <see cref="ConnectionStream.SendFileAsync"/> as one line with their number. Of a
    /// piece over 1,024 bytes the first 1,024 are shown.</para>
    /// <para>The logger is called while the stream waits for it: it must not use the stream. What it throws is dropped.</para>
    /// </remarks>
    /// <param name="stream">The stream, in any state, also in the middle of a conversation.</param>
    /// <param name="logger">Where it is logged.</param>
    /// <returns>Dispose it to end the log; a message may still be under way. The end of the stream ends it too.</returns>
    /// <exception cref="ArgumentNullException">There is no stream or no logger.</exception>
    public static IDisposable LogWire(this ConnectionStream stream, ILogger logger)
    {
        ArgumentNullException.ThrowIfNull(stream);
        ArgumentNullException.ThrowIfNull(logger);
        var log = new LoggingTap(stream, logger);
        stream.Add(log);
        return log;
    }

    private sealed class LoggingTap(ConnectionStream stream, ILogger logger) : WireTap, IDisposable
    {
        public override void Received(ReadOnlySpan<byte> data)
        {
            if (!logger.IsEnabled(LogLevel.Information)) return;
            var (count, dump) = (data.Length, HexDump.Of(data));
            Try(() => logger.WireReceived(stream.Id, count, dump));
        }

        public override void ReceivedEnd() => Try(() => logger.WireReceivedEnd(stream.Id));

        public override void Sending(ReadOnlySpan<byte> data)
        {
            if (!logger.IsEnabled(LogLevel.Information)) return;
            var (count, dump) = (data.Length, HexDump.Of(data));
            Try(() => logger.WireSent(stream.Id, count, dump));
        }

        public override void SendingFile(string name, long count) => Try(() => logger.WireSentFile(stream.Id, count, name));

        public void Dispose() => stream.Remove(this);

        // A logger that fails must not break the connection that it watches.
        private static void Try(Action log)
        {
            try
            {
                log();
            }
            catch (Exception)
            {
                // There is nowhere to tell it.
            }
        }
    }
}
