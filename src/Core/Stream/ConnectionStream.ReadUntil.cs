using System.Runtime.CompilerServices;

namespace Kestrel.Streams;

public sealed partial class ConnectionStream
{
    /// <summary>Reads up to and with a separator. asyncio: <c>readuntil</c>.</summary>
    /// <param name="separator">The separator, at least one byte; copied before the call returns. <c>"\r\n"u8</c> and a byte array both go.</param>
    /// <param name="cancellationToken">Ends the wait; nothing is consumed then.</param>
    /// <returns>The record, its separator included.</returns>
    /// <exception cref="ArgumentException">The separator is empty.</exception>
    /// <exception cref="IncompleteReadException">The input ended before; all that was buffered is in its <c>Partial</c>, a part of the separator included.</exception>
    /// <exception cref="LimitOverrunException">The record without its separator is longer than <see cref="Limit"/>; nothing is consumed.</exception>
    /// <inheritdoc cref="ReadAsync(int, CancellationToken)" path="/exception[not(contains(@cref, 'Argument'))]"/>
    public ValueTask<byte[]> ReadUntilAsync(ReadOnlySpan<byte> separator, CancellationToken cancellationToken = default) =>
        ReadRecordAsync(CopySeparator(separator), cancellationToken);

    /// <summary>Reads up to and with a separator of one byte. asyncio: <c>readuntil</c>.</summary>
    /// <param name="separator">The separator.</param>
    /// <param name="cancellationToken">Ends the wait; nothing is consumed then.</param>
    /// <inheritdoc cref="ReadUntilAsync(ReadOnlySpan{byte}, CancellationToken)" path="/*[not(self::summary)][not(contains(@cref, 'ArgumentException'))][not(self::param)]"/>
    public ValueTask<byte[]> ReadUntilAsync(byte separator = (byte)'\n', CancellationToken cancellationToken = default) =>
        ReadRecordAsync(CopySeparator([separator]), cancellationToken);

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<byte[]> ReadRecordAsync(byte[] separator, CancellationToken cancellationToken)
    {
        using var read = Input.BeginRead(cancellationToken);
        var length = await FindAsync(separator, cancellationToken).ConfigureAwait(false);
        if (length < 0) throw Incomplete(expected: null);
        return Input.Buffer.Take(length);
    }
}
