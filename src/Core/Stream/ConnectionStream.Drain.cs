namespace Kestrel.Streams;

public sealed partial class ConnectionStream
{
    /// <summary>Waits until it is time to write more: the flow control of <see cref="Write(ReadOnlySpan{byte})"/>. asyncio: <c>drain</c>.</summary>
    /// <param name="cancellationToken">Ends the wait; what is unsent stays so and leaves when it can.</param>
    /// <returns>
    /// The end: at once when no more than <see cref="ConnectionStreamOptions.HighWaterMark"/> bytes are unsent, else when no more than
    /// <see cref="ConnectionStreamOptions.LowWaterMark"/> are. To wait until everything is sent, use <see cref="FlushAsync"/>.
    /// </returns>
    /// <inheritdoc cref="Write(ReadOnlySpan{byte})" path="/exception[not(contains(@cref, 'InvalidOperation'))]"/>
    public ValueTask DrainAsync(CancellationToken cancellationToken = default) => Output.DrainAsync(cancellationToken);
}
