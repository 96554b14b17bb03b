using System.Net;

namespace Kestrel.Streams;

/// <summary>
/// No connection could be made. The message names every address that was tried and its reason; the exception inside is that of
/// the last one. asyncio: the <c>OSError</c> of <c>asyncio.connect</c>.
/// </summary>
public sealed class StreamConnectException : IOException
{
    /// <summary>Makes the exception.</summary>
    /// <param name="message">What happened.</param>
    /// <param name="attempts">What was tried, in order; the error of the last becomes <see cref="Exception.InnerException"/>.</param>
    public StreamConnectException(string message, IReadOnlyList<(EndPoint EndPoint, Exception Error)> attempts)
        : base(message, LastError(attempts)) => Attempts = attempts;

    /// <summary>
    /// Every address that was tried, in order, with its error. When a name could not be resolved that is one
    /// <see cref="DnsEndPoint"/> with the resolver's error; an address that did not answer within
    /// <see cref="StreamClientOptions.ConnectTimeout"/> has a <see cref="System.Net.Sockets.SocketException"/> with
    /// <see cref="System.Net.Sockets.SocketError.TimedOut"/>.
    /// </summary>
    public IReadOnlyList<(EndPoint EndPoint, Exception Error)> Attempts { get; }

    /// <summary>Whether the other end has said no: it is of no use to try again.</summary>
    internal bool IsRefusal { get; init; }

    private static Exception? LastError(IReadOnlyList<(EndPoint EndPoint, Exception Error)> attempts)
    {
        ArgumentNullException.ThrowIfNull(attempts);
        return attempts.Count == 0 ? null : attempts[^1].Error;
    }
}
