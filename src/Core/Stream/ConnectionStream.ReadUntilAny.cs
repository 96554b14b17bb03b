namespace Kestrel.Streams;

public sealed partial class ConnectionStream
{
    /// <summary>
    /// Reads up to and with the first of several separators: the one whose end comes earliest, the shortest where two end together.
    /// asyncio: <c>readuntil</c> with a tuple.
    /// </summary>
    /// <param name="separators">The separators, at least one, none of them empty; copied before the call returns.</param>
    /// <param name="cancellationToken">Ends the wait; nothing is consumed then.</param>
    /// <returns>The record, its separator included.</returns>
    /// <exception cref="ArgumentException">There is no separator, or one is empty.</exception>
    /// <exception cref="ArgumentNullException">There is no list.</exception>
    /// <inheritdoc cref="ReadUntilAsync(ReadOnlySpan{byte}, CancellationToken)" path="/exception[not(contains(@cref, 'Argument'))]"/>
    public ValueTask<byte[]> ReadUntilAnyAsync(
        IReadOnlyList<ReadOnlyMemory<byte>> separators, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(separators);
        if (separators.Count == 0) throw new ArgumentException("There is no separator: give at least one.", nameof(separators));
        var copies = new byte[separators.Count][];
        for (var i = 0; i < copies.Length; i++)
        {
            if (separators[i].IsEmpty)
                throw new ArgumentException($"The separator at {i} is empty: give at least one byte.", nameof(separators));
            copies[i] = separators[i].ToArray();
        }

        // Shortest first, so that of two that end together the shortest is seen first.
        Array.Sort(copies, static (a, b) => a.Length.CompareTo(b.Length));
        return ReadFirstRecordAsync(copies, cancellationToken);
    }

    private async ValueTask<byte[]> ReadFirstRecordAsync(byte[][] separators, CancellationToken cancellationToken)
    {
        var longest = separators[^1].Length;
        var searched = 0;
        using var read = Input.BeginRead(cancellationToken);
        while (true)
        {
            var (end, separatorLength) = FirstEnd(separators, searched);
            if (end > 0)
            {
                if (end - separatorLength > Limit) throw FoundTooFar(end - separatorLength);
                return Input.Buffer.Take(end);
            }

            searched = Math.Max(0, Input.Buffer.Length - longest + 1);
            if (searched > Limit) throw NotFoundInLimit(searched);
            if (Input.IsEnded) throw Incomplete(expected: null);
            await Input.FillAsync(CapacityFor(longest), cancellationToken).ConfigureAwait(false);
        }
    }

    private (int End, int SeparatorLength) FirstEnd(byte[][] separators, int from)
    {
        var unread = Input.Buffer.Unread[from..];
        var end = int.MaxValue;
        var length = 0;
        foreach (var separator in separators)
        {
            // Nothing that ends at or behind the best end so far can win.
            var index = unread[..Math.Min(unread.Length, end)].IndexOf(separator);
            if (index < 0 || index + separator.Length >= end) continue;
            end = index + separator.Length;
            length = separator.Length;
        }

        return length == 0 ? (0, 0) : (from + end, length);
    }
}
