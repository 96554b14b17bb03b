namespace Kestrel.Streams;

public sealed partial class ConnectionStream
{
    /// <summary>Skips one line however long it is, for instance one over the limit. asyncio: what <c>readline</c> does with such a line.</summary>
    /// <param name="cancellationToken">Ends the wait; what has been skipped by then is skipped.</param>
    /// <returns>The number of bytes skipped, the <c>'\n'</c> included; at the end of the input what was left, perhaps 0.</returns>
    /// <inheritdoc cref="ReadAsync(int, CancellationToken)" path="/exception[not(contains(@cref, 'Argument'))]"/>
    public ValueTask<long> SkipLineAsync(CancellationToken cancellationToken = default) => SkipRecordAsync(_newLine, cancellationToken);

    /// <summary>Skips up to and with a separator: to find the way again in a damaged input. Not bound by <see cref="Limit"/>, keeps nothing.</summary>
    /// <param name="separator">The separator, at least one byte; copied before the call returns.</param>
    /// <param name="cancellationToken">Ends the wait; what has been skipped by then is skipped.</param>
    /// <returns>The number of bytes skipped, the separator included; at the end of the input what was left, perhaps 0.</returns>
    /// <exception cref="ArgumentException">The separator is empty.</exception>
    /// <inheritdoc cref="ReadAsync(int, CancellationToken)" path="/exception[not(contains(@cref, 'Argument'))]"/>
    public ValueTask<long> SkipUntilAsync(ReadOnlySpan<byte> separator, CancellationToken cancellationToken = default) =>
        SkipRecordAsync(CopySeparator(separator), cancellationToken);

    private async ValueTask<long> SkipRecordAsync(byte[] separator, CancellationToken cancellationToken)
    {
        using var read = Input.BeginRead(cancellationToken);
        var skipped = 0L;
        while (true)
        {
            var index = Input.Buffer.IndexOf(separator);
            if (index >= 0) return skipped + Skip(index + separator.Length);
            if (Input.IsEnded) return skipped + Skip(Input.Buffer.Length);
            // The last bytes may be the beginning of the separator.
            skipped += Skip(Math.Max(0, Input.Buffer.Length - separator.Length + 1));
            await Input.FillAsync(CapacityFor(separator.Length), cancellationToken).ConfigureAwait(false);
        }
    }

    private int Skip(int count)
    {
        Input.Buffer.Consume(count);
        return count;
    }
}
