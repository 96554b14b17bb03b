namespace Kestrel.Streams;

public sealed partial class ConnectionStream
{
    /// <summary>
    /// Sends a part of a file, after what is unsent. A write like the others: in the order of the calls, its bytes together, also
    /// beside other writes. On a TCP or Unix socket of Linux the kernel sends it without a copy in this process; elsewhere it is
    /// copied in blocks. asyncio: <c>await loop.sendfile(transport, file, offset, count)</c>.
    /// </summary>
    /// <remarks>
    /// <para>The bytes count as unsent until they have left, for <see cref="DrainAsync"/> and the marks. What the
    /// <see cref="FileStream"/> holds in its write buffer is written to the file first. Its position is neither used nor moved. It may be
    /// disposed as soon as the call has returned its task.</para>
    /// <para>Leave the part as it is until the peer has read it: the kernel may send from the file itself, also when this call is
    /// done. When the file becomes shorter meanwhile, the call fails, what is left of the part is not sent, and the stream stays usable; where
    /// the peer was told a length, close or abort is the only way on.</para>
    /// <para>Closed while the call waits, the stream still sends the part, within <see cref="ConnectionStreamOptions.CloseTimeout"/>; when
    /// that fails, the connection is aborted, so that a cut part never looks whole.</para>
    /// </remarks>
    /// <param name="file">A regular file that is open for reading.</param>
    /// <param name="offset">Where the part begins, in bytes from the start of the file; the end of the file at most.</param>
    /// <param name="count">The number of bytes; null for all from the offset on. Zero is fine.</param>
    /// <param name="cancellationToken">
    /// Ends the wait; some of the part may have been sent then, the stream stays usable, and the file is not read any more when the call has ended.
    /// </param>
    /// <returns>The end: the bytes are in the kernel, or in whatever lies below.</returns>
    /// <exception cref="ArgumentNullException">There is no file.</exception>
    /// <exception cref="ArgumentException">The file is closed, not open for reading, or not a regular file.</exception>
    /// <exception cref="ArgumentOutOfRangeException">The offset or count is below zero or beyond the end of the file; nothing is sent.</exception>
    /// <exception cref="InvalidOperationException"><see cref="WriteEofAsync"/> has ended the output.</exception>
    /// <exception cref="NotSupportedException">The stream is read-only.</exception>
    /// <exception cref="IOException">The connection is broken; or the file has become shorter, or cannot be read.</exception>
    /// <exception cref="ObjectDisposedException">The stream is closed, or was closed while the call waited.</exception>
    public ValueTask SendFileAsync(FileStream file, long offset = 0, long? count = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(file);
        ArgumentOutOfRangeException.ThrowIfNegative(offset);
        if (count is { } given) ArgumentOutOfRangeException.ThrowIfNegative(given, nameof(count));
        return cancellationToken.IsCancellationRequested
            ? ValueTask.FromCanceled(cancellationToken)
            : Output.SendFileAsync(FileRange.Of(file, offset, count), cancellationToken);
    }
}
