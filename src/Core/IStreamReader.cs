namespace Kestrel.Streams;

/// <summary>The reading half of a stream. asyncio: <c>StreamReader</c>.</summary>
/// <remarks>
/// One read at a time: a second one beside it throws <see cref="InvalidOperationException"/> at once and the first is untouched.
/// A cancelled read has consumed nothing. The members are described at <see cref="ConnectionStream"/>.
/// </remarks>
public interface IStreamReader
{
    /// <inheritdoc cref="ConnectionStream.AtEof"/>
    bool AtEof { get; }

    /// <inheritdoc cref="ConnectionStream.ReadAsync(int, CancellationToken)"/>
    ValueTask<byte[]> ReadAsync(int count = -1, CancellationToken cancellationToken = default);

    /// <inheritdoc cref="ConnectionStream.ReadLineAsync(CancellationToken)"/>
    ValueTask<byte[]> ReadLineAsync(CancellationToken cancellationToken = default);

    /// <inheritdoc cref="ConnectionStream.ReadUntilAsync(ReadOnlySpan{byte}, CancellationToken)"/>
    ValueTask<byte[]> ReadUntilAsync(ReadOnlySpan<byte> separator, CancellationToken cancellationToken = default);

    /// <inheritdoc cref="ConnectionStream.ReadUntilAsync(byte, CancellationToken)"/>
    ValueTask<byte[]> ReadUntilAsync(byte separator = (byte)'\n', CancellationToken cancellationToken = default);

    /// <inheritdoc cref="ConnectionStream.ReadExactlyAsync(int, CancellationToken)"/>
    ValueTask<byte[]> ReadExactlyAsync(int count, CancellationToken cancellationToken = default);
}
