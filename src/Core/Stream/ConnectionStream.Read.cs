using System.Runtime.CompilerServices;

namespace Kestrel.Streams;

public sealed partial class ConnectionStream
{
    /// <summary>Reads what is there, waiting only while nothing is. asyncio: <c>read</c>.</summary>
    /// <param name="count">The most to read, in bytes; -1 to read to the end of the input; 0 gives an empty array at once.</param>
    /// <param name="cancellationToken">Ends the wait; nothing is consumed then.</param>
    /// <returns>At least one byte and at most <paramref name="count"/>; empty at the end of the input. Not bound by <see cref="Limit"/>.</returns>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="count"/> is below -1.</exception>
    /// <exception cref="InvalidOperationException">Another read is under way.</exception>
    /// <exception cref="NotSupportedException">The stream is write-only.</exception>
    /// <exception cref="IOException">The connection is broken.</exception>
    /// <exception cref="ObjectDisposedException">The stream is closed, or was closed while the call waited.</exception>
    public ValueTask<byte[]> ReadAsync(int count = -1, CancellationToken cancellationToken = default)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(count, -1);
        return count < 0 ? ReadToEndAsync(int.MaxValue, cancellationToken) : ReadSomeAsync(count, cancellationToken);
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<byte[]> ReadSomeAsync(int count, CancellationToken cancellationToken)
    {
        using var read = Input.BeginRead(cancellationToken);
        if (count == 0) return [];
        await WaitForSomeAsync(cancellationToken).ConfigureAwait(false);
        return Input.Buffer.Take(Math.Min(count, Input.Buffer.Length));
    }

    /// <summary>Waits until something is buffered or the input has ended. Called within a read.</summary>
    private ValueTask WaitForSomeAsync(CancellationToken cancellationToken) =>
        Input.Buffer.Length > 0 ? ValueTask.CompletedTask : Input.FillAsync(ReadAheadCapacity, cancellationToken);
}
