using System.Runtime.CompilerServices;

namespace Kestrel.Streams;

public sealed partial class ConnectionStream
{
    /// <summary>Reads line after line until the end of the input. asyncio: <c>async for line in stream</c>.</summary>
    /// <param name="cancellationToken">Ends the wait; nothing is consumed then.</param>
    /// <returns>The lines, each with its <c>'\n'</c>, the last one perhaps without. Between two lines other reads may be made.</returns>
    /// <inheritdoc cref="ReadLineAsync(CancellationToken)" path="/exception"/>
    public async IAsyncEnumerable<byte[]> ReadLinesAsync([EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        while (await ReadLineAsync(cancellationToken).ConfigureAwait(false) is { Length: > 0 } line) yield return line;
    }

    /// <summary>Borrows line after line until the end of the input: no copy, no allocation for a line.</summary>
    /// <param name="cancellationToken">Ends the wait; nothing is consumed then.</param>
    /// <returns>The lines, each with its <c>'\n'</c>, the last one perhaps without; each is valid until the next read on this stream.</returns>
    /// <inheritdoc cref="ReadLineAsync(CancellationToken)" path="/exception"/>
    public IAsyncEnumerable<ReadOnlyMemory<byte>> BorrowLinesAsync(CancellationToken cancellationToken = default) =>
        new BorrowedLines(this, cancellationToken);
}
