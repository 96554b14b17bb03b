using System.Runtime.CompilerServices;

namespace Kestrel.Streams;

public sealed partial class ConnectionStream
{
    private LineRead? _lineRead;

    /// <summary>Borrows what is there, waiting only while nothing is: no copy, no allocation.</summary>
    /// <param name="cancellationToken">Ends the wait; nothing is consumed then.</param>
    /// <returns>At least one byte; empty at the end of the input. Valid until the next read on this stream.</returns>
    /// <inheritdoc cref="ReadAsync(int, CancellationToken)" path="/exception[not(contains(@cref, 'Argument'))]"/>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public async ValueTask<ReadOnlyMemory<byte>> BorrowAsync(CancellationToken cancellationToken = default)
    {
        using var read = Input.BeginRead(cancellationToken);
        await WaitForSomeAsync(cancellationToken).ConfigureAwait(false);
        return Input.Buffer.Lend(Input.Buffer.Length);
    }

    /// <summary>Borrows one line, as <see cref="ReadLineAsync(CancellationToken)"/> reads it: no copy, no allocation.</summary>
    /// <param name="cancellationToken">Ends the wait; nothing is consumed then.</param>
    /// <returns>
    /// The line with its <c>'\n'</c>; at the end of the input what is left without one; then empty. Valid until the next read on this stream.
    /// </returns>
    /// <inheritdoc cref="ReadLineAsync(CancellationToken)" path="/exception"/>
    public ValueTask<ReadOnlyMemory<byte>> BorrowLineAsync(CancellationToken cancellationToken = default) =>
        !cancellationToken.IsCancellationRequested && Input.TryLendLine(out var line) ? ValueTask.FromResult(line) : WaitForLineAsync(cancellationToken);

    /// <summary>Begins to wait for a line; the result is what a <see cref="ValueTask"/> is made over.</summary>
    internal LineRead BeginLineRead(CancellationToken cancellationToken, out short token)
    {
        var read = _lineRead;
        if (read is null || !read.TryBegin(cancellationToken, out token))
        {
            _lineRead = read = new LineRead(this);
            read.TryBegin(cancellationToken, out token);
        }

        return read;
    }

    /// <summary>Lends a line, or at the end of the input what is left. Called within a read; over the limit it throws.</summary>
    internal bool TryLendLine(out ReadOnlyMemory<byte> line)
    {
        var length = Find(_newLine);
        var isThere = length >= 0 || Input.IsEnded;
        line = isThere ? Input.Buffer.Lend(length >= 0 ? length : Input.Buffer.Length) : default;
        return isThere;
    }

    /// <summary>Borrows a whole line that is buffered already; never waits.</summary>
    /// <param name="line">The line with its <c>'\n'</c>, valid until the next read on this stream; or empty.</param>
    /// <returns>Whether there is a whole line. A last line without <c>'\n'</c> is none.</returns>
    /// <inheritdoc cref="ReadLineAsync(CancellationToken)" path="/exception"/>
    public bool TryBorrowLine(out ReadOnlyMemory<byte> line)
    {
        if (Input.TryLendLine(out line)) return true;
        using var read = Input.BeginRead(CancellationToken.None);
        var length = Find(_newLine);
        line = length < 0 ? default : Input.Buffer.Lend(length);
        return length >= 0;
    }

    /// <summary>Borrows up to and with a separator, as <see cref="ReadUntilAsync(ReadOnlySpan{byte}, CancellationToken)"/> reads it.</summary>
    /// <param name="separator">The separator, at least one byte; copied before the call returns.</param>
    /// <param name="cancellationToken">Ends the wait; nothing is consumed then.</param>
    /// <returns>The record, its separator included. Valid until the next read on this stream.</returns>
    /// <inheritdoc cref="ReadUntilAsync(ReadOnlySpan{byte}, CancellationToken)" path="/exception"/>
    public ValueTask<ReadOnlyMemory<byte>> BorrowUntilAsync(ReadOnlySpan<byte> separator, CancellationToken cancellationToken = default) =>
        BorrowRecordAsync(CopySeparator(separator), cancellationToken);

    /// <summary>Borrows an exact number of bytes, as <see cref="ReadExactlyAsync(int, CancellationToken)"/> reads them.</summary>
    /// <param name="count">The number of bytes. The receive buffer grows to it: check a count that the peer has sent.</param>
    /// <param name="cancellationToken">Ends the wait; nothing is consumed then.</param>
    /// <returns>Exactly <paramref name="count"/> bytes. Valid until the next read on this stream.</returns>
    /// <inheritdoc cref="ReadExactlyAsync(int, CancellationToken)" path="/exception"/>
    public ValueTask<ReadOnlyMemory<byte>> BorrowExactlyAsync(int count, CancellationToken cancellationToken = default)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(count);
        return !cancellationToken.IsCancellationRequested && Input.TryLend(count, out var data) ? ValueTask.FromResult(data) : BorrowCountAsync(count, cancellationToken);
    }

    private ValueTask<ReadOnlyMemory<byte>> WaitForLineAsync(CancellationToken cancellationToken) => new(BeginLineRead(cancellationToken, out var token), token);

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<ReadOnlyMemory<byte>> BorrowRecordAsync(byte[] separator, CancellationToken cancellationToken)
    {
        using var read = Input.BeginRead(cancellationToken);
        var length = await FindAsync(separator, cancellationToken).ConfigureAwait(false);
        if (length < 0) throw Incomplete(expected: null);
        return Input.Buffer.Lend(length);
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<ReadOnlyMemory<byte>> BorrowCountAsync(int count, CancellationToken cancellationToken)
    {
        using var read = Input.BeginRead(cancellationToken);
        await WaitForExactlyAsync(count, cancellationToken).ConfigureAwait(false);
        return Input.Buffer.Lend(count);
    }
}
