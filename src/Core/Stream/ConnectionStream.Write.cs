using System.Text;

namespace Kestrel.Streams;

public sealed partial class ConnectionStream
{
    /// <summary>
    /// Buffers the data and returns; many writes before something else make one send. The bytes leave without another call: with the
    /// next read that has to wait, or within a millisecond or two, or ten while code behind a read keeps its thread. asyncio: <c>write</c> without <c>await</c>.
    /// </summary>
    /// <remarks>
    /// Bounded: while more than 64 KiB (or <see cref="ConnectionStreamOptions.HighWaterMark"/>, where that is more) are unsent, it blocks
    /// until there is room. To wait without a blocked thread, await <see cref="DrainAsync"/> or use <see cref="WriteAsync(ReadOnlyMemory{byte}, CancellationToken)"/>.
    /// </remarks>
    /// <param name="data">The data; copied.</param>
    /// <exception cref="InvalidOperationException"><see cref="WriteEofAsync"/> has ended the output.</exception>
    /// <exception cref="NotSupportedException">The stream is read-only.</exception>
    /// <exception cref="IOException">The connection is broken.</exception>
    /// <exception cref="ObjectDisposedException">The stream is closed, or was closed while the call waited for room.</exception>
    public override void Write(ReadOnlySpan<byte> data) => Output.Write(data);

    /// <summary>Sends the data, after what is unsent. asyncio: <c>await stream.write(data)</c>.</summary>
    /// <param name="data">The data; not copied, and not to be changed before the call is done.</param>
    /// <param name="cancellationToken">Ends the wait; a part of the data may have been sent then, and the stream stays usable.</param>
    /// <returns>The end: the data is in the kernel, or in whatever lies below.</returns>
    /// <inheritdoc cref="Write(ReadOnlySpan{byte})" path="/exception"/>
    public override ValueTask WriteAsync(ReadOnlyMemory<byte> data, CancellationToken cancellationToken = default) =>
        Output.WriteAsync(data, cancellationToken);

    /// <summary>Sends the data, after what is unsent: <c>await stream.WriteAsync("hello\n"u8)</c>. asyncio: <c>await stream.write(data)</c>.</summary>
    /// <param name="data">The data; copied before the call returns.</param>
    /// <param name="cancellationToken">Ends the wait; the data may be sent all the same.</param>
    /// <returns>The end: the data is in the kernel, or in whatever lies below.</returns>
    /// <inheritdoc cref="Write(ReadOnlySpan{byte})" path="/exception"/>
    public ValueTask WriteAsync(ReadOnlySpan<byte> data, CancellationToken cancellationToken = default) =>
        Output.WriteAsync(data, cancellationToken);

    /// <inheritdoc cref="WriteAsync(ReadOnlyMemory{byte}, CancellationToken)"/>
    /// <exception cref="ArgumentNullException">There is no data.</exception>
    public ValueTask WriteAsync(byte[] data, CancellationToken cancellationToken = default)
    {
        // Without this overload an array would go to the span form, which C# 14 prefers, and be copied.
        ArgumentNullException.ThrowIfNull(data);
        return Output.WriteAsync(data.AsMemory(), cancellationToken);
    }

    /// <summary>Sends text in UTF-8, after what is unsent.</summary>
    /// <param name="text">The text; no line end is added.</param>
    /// <param name="cancellationToken">Ends the wait; a part may have been sent then.</param>
    /// <returns>The end: the text is in the kernel, or in whatever lies below.</returns>
    /// <exception cref="ArgumentNullException">There is no text.</exception>
    /// <inheritdoc cref="Write(ReadOnlySpan{byte})" path="/exception"/>
    public ValueTask WriteAsync(string text, CancellationToken cancellationToken = default) =>
        WriteAsync(text, Encoding.UTF8, cancellationToken);

    /// <summary>Sends text in an encoding, after what is unsent.</summary>
    /// <param name="text">The text; no line end and no byte order mark is added.</param>
    /// <param name="encoding">The encoding.</param>
    /// <param name="cancellationToken">Ends the wait; a part may have been sent then.</param>
    /// <returns>The end: the text is in the kernel, or in whatever lies below.</returns>
    /// <exception cref="ArgumentNullException">There is no text or no encoding.</exception>
    /// <inheritdoc cref="Write(ReadOnlySpan{byte})" path="/exception"/>
    public ValueTask WriteAsync(string text, Encoding encoding, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(text);
        ArgumentNullException.ThrowIfNull(encoding);
        return Output.WriteAsync(encoding.GetBytes(text).AsMemory(), cancellationToken);
    }
}
