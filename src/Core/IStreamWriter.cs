namespace Kestrel.Streams;

/// <summary>The writing half of a stream. asyncio: <c>StreamWriter</c>.</summary>
/// <remarks>
/// Writes may run beside each other and beside a read: the bytes of one call stay together, in the order of the calls.
/// The members are described at <see cref="ConnectionStream"/>.
/// </remarks>
public interface IStreamWriter
{
    /// <inheritdoc cref="ConnectionStream.CanWriteEof"/>
    bool CanWriteEof { get; }

    /// <inheritdoc cref="ConnectionStream.IsClosing"/>
    bool IsClosing { get; }

    /// <inheritdoc cref="ConnectionStream.Write(ReadOnlySpan{byte})"/>
    void Write(ReadOnlySpan<byte> data);

    /// <inheritdoc cref="ConnectionStream.WriteAsync(ReadOnlyMemory{byte}, CancellationToken)"/>
    ValueTask WriteAsync(ReadOnlyMemory<byte> data, CancellationToken cancellationToken = default);

    /// <inheritdoc cref="ConnectionStream.WriteAsync(ReadOnlySpan{byte}, CancellationToken)"/>
    ValueTask WriteAsync(ReadOnlySpan<byte> data, CancellationToken cancellationToken = default);

    /// <inheritdoc cref="ConnectionStream.WriteAsync(byte[], CancellationToken)"/>
    ValueTask WriteAsync(byte[] data, CancellationToken cancellationToken = default);

    /// <inheritdoc cref="ConnectionStream.WriteLines(IEnumerable{ReadOnlyMemory{byte}})"/>
    void WriteLines(IEnumerable<ReadOnlyMemory<byte>> data);

    /// <inheritdoc cref="ConnectionStream.WriteLines(IEnumerable{byte[]})"/>
    void WriteLines(IEnumerable<byte[]> data);

    /// <inheritdoc cref="ConnectionStream.WriteLinesAsync(IEnumerable{ReadOnlyMemory{byte}}, CancellationToken)"/>
    ValueTask WriteLinesAsync(IEnumerable<ReadOnlyMemory<byte>> data, CancellationToken cancellationToken = default);

    /// <inheritdoc cref="ConnectionStream.WriteLinesAsync(IEnumerable{byte[]}, CancellationToken)"/>
    ValueTask WriteLinesAsync(IEnumerable<byte[]> data, CancellationToken cancellationToken = default);

    /// <inheritdoc cref="ConnectionStream.DrainAsync"/>
    ValueTask DrainAsync(CancellationToken cancellationToken = default);

    /// <inheritdoc cref="ConnectionStream.WriteEofAsync"/>
    ValueTask WriteEofAsync(CancellationToken cancellationToken = default);

    /// <inheritdoc cref="ConnectionStream.CloseAsync"/>
    ValueTask CloseAsync(CancellationToken cancellationToken = default);

    /// <inheritdoc cref="ConnectionStream.WaitClosedAsync"/>
    Task WaitClosedAsync(CancellationToken cancellationToken = default);

    /// <inheritdoc cref="ConnectionStream.GetExtraInfo"/>
    object? GetExtraInfo(string name, object? defaultValue = null);
}
