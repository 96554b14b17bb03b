namespace Kestrel.Streams;

public sealed partial class ConnectionStream
{
    /// <summary>Reads all that comes until the end of the input. asyncio: <c>read(-1)</c>, with a bound.</summary>
    /// <param name="maxBytes">The most to take, in bytes; give one where the peer is not trusted.</param>
    /// <param name="cancellationToken">Ends the wait; nothing is consumed then.</param>
    /// <returns>Everything; empty when the input has ended already.</returns>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="maxBytes"/> is below zero.</exception>
    /// <exception cref="LimitOverrunException">More than <paramref name="maxBytes"/> came; what was taken is gone.</exception>
    /// <inheritdoc cref="ReadAsync(int, CancellationToken)" path="/exception[not(contains(@cref, 'Argument'))]"/>
    public ValueTask<byte[]> ReadToEndAsync(int maxBytes = int.MaxValue, CancellationToken cancellationToken = default)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(maxBytes);
        return ReadAllAsync(maxBytes, cancellationToken);
    }

    private async ValueTask<byte[]> ReadAllAsync(int maxBytes, CancellationToken cancellationToken)
    {
        using var read = Input.BeginRead(cancellationToken);
        var capacity = (int)Math.Min(maxBytes + 1L, Array.MaxLength);
        while (true)
        {
            var length = Input.Buffer.Length;
            if (length > maxBytes)
            {
                Input.Buffer.Consume(length);
                LimitOverruns++;
                throw new LimitOverrunException(
                    $"The input is longer than {maxBytes} bytes: {length} had come and are gone; allow more, or read it in pieces.", length, maxBytes);
            }

            if (Input.IsEnded) return Input.Buffer.Take(length);
            await Input.FillAsync(capacity, cancellationToken).ConfigureAwait(false);
        }
    }
}
