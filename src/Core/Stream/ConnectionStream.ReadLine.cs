using System.Runtime.CompilerServices;
using System.Text;

namespace Kestrel.Streams;

public sealed partial class ConnectionStream
{
    /// <summary>Reads one line, which ends with <c>'\n'</c>. asyncio: <c>readline</c>.</summary>
    /// <param name="cancellationToken">Ends the wait; nothing is consumed then.</param>
    /// <returns>The line with its <c>'\n'</c>; at the end of the input what is left without one; then empty.</returns>
    /// <exception cref="LimitOverrunException">
    /// The line is longer than <see cref="Limit"/>. Nothing is consumed: go on with <see cref="SkipLineAsync"/>. (asyncio drops the line.)
    /// </exception>
    /// <exception cref="InvalidOperationException">Another read is under way.</exception>
    /// <exception cref="NotSupportedException">The stream is write-only.</exception>
    /// <exception cref="IOException">The connection is broken.</exception>
    /// <exception cref="ObjectDisposedException">The stream is closed, or was closed while the call waited.</exception>
    public ValueTask<byte[]> ReadLineAsync(CancellationToken cancellationToken = default) =>
        !cancellationToken.IsCancellationRequested && Input.TryTakeLine(out var line) ? ValueTask.FromResult(line) : TakeLineAsync(cancellationToken);

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<byte[]> TakeLineAsync(CancellationToken cancellationToken)
    {
        using var read = Input.BeginRead(cancellationToken);
        return Input.Buffer.Take(await FindLineAsync(cancellationToken).ConfigureAwait(false));
    }

    /// <summary>Reads one line as text, without its <c>'\n'</c> or <c>"\r\n"</c>: the habit of <see cref="TextReader"/>.</summary>
    /// <param name="encoding">The encoding of the line; one in which a line feed is the byte 10, as in UTF-8 and Latin-1.</param>
    /// <param name="cancellationToken">Ends the wait; nothing is consumed then.</param>
    /// <returns>The line, empty for an empty line; null at the end of the input.</returns>
    /// <exception cref="ArgumentNullException">There is no encoding.</exception>
    /// <inheritdoc cref="ReadLineAsync(CancellationToken)" path="/exception"/>
    public ValueTask<string?> ReadLineAsync(Encoding encoding, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(encoding);
        return ReadTextLineAsync(encoding, cancellationToken);
    }

    private async ValueTask<string?> ReadTextLineAsync(Encoding encoding, CancellationToken cancellationToken)
    {
        using var read = Input.BeginRead(cancellationToken);
        var length = await FindLineAsync(cancellationToken).ConfigureAwait(false);
        if (length == 0) return null;
        var text = encoding.GetString(WithoutLineEnd(Input.Buffer.Unread[..length]));
        Input.Buffer.Consume(length);
        return text;
    }

    /// <summary>Waits for a line: its length, the <c>'\n'</c> included; at the end of the input the length of what is left.</summary>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<int> FindLineAsync(CancellationToken cancellationToken)
    {
        var length = await FindAsync(_newLine, cancellationToken).ConfigureAwait(false);
        return length >= 0 ? length : Input.Buffer.Length;
    }

    private static ReadOnlySpan<byte> WithoutLineEnd(ReadOnlySpan<byte> line)
    {
        if (line[^1] != (byte)'\n') return line;
        line = line[..^1];
        return line is [.., (byte)'\r'] ? line[..^1] : line;
    }
}
