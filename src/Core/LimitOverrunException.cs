namespace Kestrel.Streams;

/// <summary>
/// A line or record is longer than the limit of its stream. Nothing was consumed. asyncio: <c>LimitOverrunError</c>.
/// </summary>
/// <remarks>
/// The data is still in the stream: go on with <see cref="ConnectionStream.SkipLineAsync"/>, or read it in pieces with
/// <see cref="ConnectionStream.ReadAsync(int, CancellationToken)"/>.
/// </remarks>
public sealed class LimitOverrunException : IOException
{
    /// <summary>Makes the exception.</summary>
    /// <param name="message">What happened.</param>
    /// <param name="consumed">The buffered bytes known to hold no separator.</param>
    /// <param name="limit">The limit, in bytes.</param>
    public LimitOverrunException(string message, long consumed, int limit)
        : base(message)
    {
        Consumed = consumed;
        Limit = limit;
    }

    /// <summary>The number of buffered bytes, from the start, known to hold no separator. asyncio: <c>consumed</c>.</summary>
    public long Consumed { get; }

    /// <summary>The limit that was in force, in bytes.</summary>
    public int Limit { get; }
}
