using System.Runtime.CompilerServices;

namespace Kestrel.Streams;

public sealed partial class ConnectionStream
{
    /// <summary>Up to here a read collects in the receive buffer; beyond, it receives into its result.</summary>
    private const int LargeRead = 64 * 1024;

    /// <summary>Reads an exact number of bytes. asyncio: <c>readexactly</c>.</summary>
    /// <param name="count">
    /// The number of bytes; 0 gives an empty array at once. Not bound by <see cref="Limit"/>: check a count that the peer has sent.
    /// </param>
    /// <param name="cancellationToken">Ends the wait; nothing is consumed then.</param>
    /// <returns>Exactly <paramref name="count"/> bytes.</returns>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="count"/> is below zero.</exception>
    /// <exception cref="IncompleteReadException">The input ended before; what had arrived is in its <c>Partial</c>.</exception>
    /// <inheritdoc cref="ReadAsync(int, CancellationToken)" path="/exception[not(contains(@cref, 'Argument'))]"/>
    public ValueTask<byte[]> ReadExactlyAsync(int count, CancellationToken cancellationToken = default)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(count);
        if (!cancellationToken.IsCancellationRequested && Input.TryTake(count, out var data)) return ValueTask.FromResult(data);
        return count > LargeRead ? ReadManyAsync(count, cancellationToken) : ReadFewAsync(count, cancellationToken);
    }

    /// <summary>
    /// Fills memory of the caller's. It stands before the one of <see cref="Stream"/>, which loses bytes when it is cancelled.
    /// (<see cref="Stream.ReadAtLeastAsync"/> does so too, and cannot be replaced.)
    /// </summary>
    /// <param name="buffer">What to fill; it must not be touched before the call is done. The receive buffer grows to its length.</param>
    /// <param name="cancellationToken">Ends the wait; nothing is consumed then.</param>
    /// <returns>The end: the memory is full.</returns>
    /// <exception cref="IncompleteReadException">The input ended before; what had arrived is in its <c>Partial</c>.</exception>
    /// <inheritdoc cref="ReadAsync(int, CancellationToken)" path="/exception[not(contains(@cref, 'Argument'))]"/>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder))]
    public new async ValueTask ReadExactlyAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        using var read = Input.BeginRead(cancellationToken);
        await WaitForExactlyAsync(buffer.Length, cancellationToken).ConfigureAwait(false);
        MoveTo(buffer.Span);
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<byte[]> ReadFewAsync(int count, CancellationToken cancellationToken)
    {
        using var read = Input.BeginRead(cancellationToken);
        await WaitForExactlyAsync(count, cancellationToken).ConfigureAwait(false);
        return Input.Buffer.Take(count);
    }

    // What is buffered, or comes from a receive that was under way before, stays in the buffer until all is there: a read that fails
    // cannot put it back in front, where the room of the next receive may be by then.
    private async ValueTask<byte[]> ReadManyAsync(int count, CancellationToken cancellationToken)
    {
        using var read = Input.BeginRead(cancellationToken);
        var result = GC.AllocateUninitializedArray<byte>(count);
        var filled = 0;
        int buffered;
        while ((buffered = Input.Buffer.Length) + filled < count && !Input.IsEnded)
        {
            try
            {
                var rest = result.AsMemory(buffered + filled);
                filled += await Input.FillResultAsync(rest, cancellationToken).ConfigureAwait(false);
            }
            catch (Exception)
            {
                Input.GiveBack(buffered, result.AsSpan(buffered, filled));
                throw;
            }
        }

        MoveTo(result.AsSpan(0, Math.Min(buffered, count)));
        return buffered + filled >= count ? result : throw new IncompleteReadException(result[..(buffered + filled)], count);
    }

    /// <summary>Waits until so many bytes are buffered. Called within a read.</summary>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder))]
    private async ValueTask WaitForExactlyAsync(int count, CancellationToken cancellationToken)
    {
        while (Input.Buffer.Length < count)
        {
            if (Input.IsEnded) throw Incomplete(count);
            await Input.FillAsync(Math.Max(count, ReadAheadCapacity), cancellationToken).ConfigureAwait(false);
        }
    }

    private int MoveTo(Span<byte> destination)
    {
        var count = Math.Min(destination.Length, Input.Buffer.Length);
        Input.Buffer.Unread[..count].CopyTo(destination);
        Input.Buffer.Consume(count);
        return count;
    }
}
