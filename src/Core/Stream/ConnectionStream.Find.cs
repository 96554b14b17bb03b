using System.Runtime.CompilerServices;

namespace Kestrel.Streams;

public sealed partial class ConnectionStream
{
    private static readonly byte[] _newLine = [(byte)'\n'];

    private byte[] _lastSeparator = _newLine;

    /// <summary>Waits for a record with its separator. Called within a read.</summary>
    /// <returns>The length of the record, its separator included; -1 when the input ended before.</returns>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<int> FindAsync(byte[] separator, CancellationToken cancellationToken)
    {
        while (true)
        {
            var length = Find(separator);
            if (length >= 0) return length;
            if (Input.IsEnded) return -1;
            await Input.FillAsync(CapacityFor(separator.Length), cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Looks for a record in the buffer: its length, the separator included, or -1; over the limit it throws.</summary>
    private int Find(ReadOnlySpan<byte> separator)
    {
        var index = Input.Buffer.IndexOf(separator);
        if (index > Limit) throw FoundTooFar(index);
        if (index >= 0) return index + separator.Length;
        var clear = Input.Buffer.Length - separator.Length + 1;
        if (clear > Limit) throw NotFoundInLimit(clear);
        return -1;
    }

    /// <summary>What the buffer must hold to see that a record with such a separator is over the limit.</summary>
    private int CapacityFor(int separatorLength) => (int)Math.Min(Math.Max(2L * Limit, (long)Limit + separatorLength), Array.MaxLength);

    private LimitOverrunException FoundTooFar(int index) => Overrun(
        $"Separator is found, but chunk is longer than limit: {index} bytes against a limit of {Limit}; skip it or raise the limit.", index);

    private LimitOverrunException NotFoundInLimit(int clear) => Overrun(
        $"Separator is not found, and chunk exceed the limit: {clear} bytes against a limit of {Limit}; skip it or raise the limit.", clear);

    private LimitOverrunException Overrun(string message, long consumed)
    {
        LimitOverruns++;
        return new LimitOverrunException(message, consumed, Limit);
    }

    private byte[] CopySeparator(ReadOnlySpan<byte> separator)
    {
        if (separator.IsEmpty) throw new ArgumentException("The separator is empty: give at least one byte.", nameof(separator));
        // A protocol asks for the same one again and again.
        var last = _lastSeparator;
        return separator.SequenceEqual(last) ? last : _lastSeparator = separator.ToArray();
    }

    private IncompleteReadException Incomplete(long? expected) => new(Input.Buffer.Take(Input.Buffer.Length), expected);
}
