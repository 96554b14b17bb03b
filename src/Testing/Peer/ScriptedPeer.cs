using System.Globalization;
using System.Text;

namespace Kestrel.Streams.Testing;

/// <summary>
/// The other end of the code under test, which follows a script: it sends, and says what it expects. What does not come as expected is a
/// <see cref="ScriptedPeerException"/>, whose message shows both. It may be the client or the server, over any
/// <see cref="ConnectionStream"/>, in memory or over a socket.
/// </summary>
/// <remarks>
/// <para>Text is UTF-8. One expectation at a time; sends may run beside it. A wait that the token cancels is an
/// <see cref="OperationCanceledException"/>, and nothing is consumed by it but what an <c>ExpectAsync</c> had compared already.</para>
/// <para>The stream is not the peer's: close, abort or dispose it when the script is over.</para>
/// </remarks>
/// <param name="stream">The stream to speak over.</param>
/// <exception cref="ArgumentNullException">There is no stream.</exception>
public sealed partial class ScriptedPeer(ConnectionStream stream)
{
    private readonly Transcript _transcript = new();

    /// <summary>The stream it speaks over. It may be used beside the script, for <see cref="ConnectionStream.StartTlsAsync(System.Net.Security.SslClientAuthenticationOptions, TimeSpan?, CancellationToken)"/> or a close for instance.</summary>
    public ConnectionStream Stream { get; } = stream ?? throw new ArgumentNullException(nameof(stream));

    /// <summary>
    /// The longest time that one call waits, on the clock of the system, so that a test that hangs is one that fails and says where; 30
    /// seconds unless set.
    /// </summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>The end of the code under test, where that is known here: its failure is why a connection is broken.</summary>
    internal Task? OtherEnd { get; init; }

    /// <summary>Sends text.</summary>
    /// <param name="text">The text, with its line ends: none is added.</param>
    /// <param name="cancellationToken">Gives up; some of it may have been sent.</param>
    /// <returns>The end of the send: all is on its way.</returns>
    /// <exception cref="ScriptedPeerException">The connection is broken, or the other end takes nothing for the time of <see cref="Timeout"/>.</exception>
    public Task SendAsync(string text, CancellationToken cancellationToken = default) => SendAsync(Encoding.UTF8.GetBytes(text), cancellationToken);

    /// <summary>Sends bytes.</summary>
    /// <param name="data">The bytes.</param>
    /// <param name="cancellationToken">Gives up; some of them may have been sent.</param>
    /// <returns>The end of the send: all is on its way.</returns>
    /// <exception cref="ScriptedPeerException">The connection is broken, or the other end takes nothing for the time of <see cref="Timeout"/>.</exception>
    public async Task SendAsync(ReadOnlyMemory<byte> data, CancellationToken cancellationToken = default)
    {
        await WithinAsync(
            async token =>
            {
                await Stream.WriteAsync(data, token).ConfigureAwait(false);
                return true;
            },
            $"Tried to send {EscapedBytes.Of(data.Span)}", "the other end took no more", default, cancellationToken).ConfigureAwait(false);
        _transcript.Sent(data.Span);
    }

    /// <summary>Ends the output; the input goes on.</summary>
    /// <param name="cancellationToken">Gives up waiting.</param>
    /// <returns>The end of the call.</returns>
    /// <exception cref="NotSupportedException">The output of this stream cannot end alone: <see cref="ConnectionStream.CanWriteEof"/> is false.</exception>
    /// <exception cref="ScriptedPeerException">The connection is broken, or the other end takes nothing for the time of <see cref="Timeout"/>.</exception>
    public Task SendEofAsync(CancellationToken cancellationToken = default) => WithinAsync(
        async token =>
        {
            await Stream.WriteEofAsync(token).ConfigureAwait(false);
            return true;
        },
        "Tried to send the end", "the other end took no more", default, cancellationToken);

    /// <summary>Calls with an upper limit of time, and makes one kind of failure of all that goes wrong.</summary>
    /// <param name="call">The call.</param>
    /// <param name="what">What it is to do, for the message.</param>
    /// <param name="late">What has not happened when the time is over.</param>
    /// <param name="soFar">What has come already.</param>
    /// <param name="cancellationToken">Gives up.</param>
    private async Task<T> WithinAsync<T>(
        Func<CancellationToken, ValueTask<T>> call, string what, string late, ReadOnlyMemory<byte> soFar, CancellationToken cancellationToken)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(Timeout);
        try
        {
            return await call(limit.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (limit.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
        {
            var time = Timeout.TotalSeconds.ToString(CultureInfo.InvariantCulture);
            throw Failure(what, $"{late} within {time} seconds", [.. soFar.ToArray(), .. await TakeBufferedAsync().ConfigureAwait(false)]);
        }
        catch (LimitOverrunException tooLong)
        {
            throw Failure(what, $"the first {tooLong.Consumed} bytes had no line end", await TakeBufferedAsync().ConfigureAwait(false));
        }
        catch (IOException broken)
        {
            throw Failure(
                what, $"the connection broke ({broken.Message.TrimEnd('.')})", soFar.ToArray(), await WhyBrokenAsync(broken, limit.Token).ConfigureAwait(false));
        }
    }

    private ScriptedPeerException Failure(string what, string why, byte[]? came = null, Exception? inner = null)
    {
        var shown = came is { Length: > 0 } ? $"; what had come is {EscapedBytes.Of(came)}" : "";
        return new ScriptedPeerException($"{what}, but {why}{shown}.{_transcript}", inner);
    }

    /// <summary>What is there now, without waiting.</summary>
    private async Task<byte[]> TakeBufferedAsync()
    {
        using var now = new CancellationTokenSource();
        try
        {
            var read = Stream.ReadAsync(Stream.Limit, now.Token);
            if (!read.IsCompleted) await now.CancelAsync().ConfigureAwait(false);
            return await read.ConfigureAwait(false);
        }
        catch (Exception e) when (e is OperationCanceledException or IOException or ObjectDisposedException or InvalidOperationException)
        {
            return [];
        }
    }

    /// <summary>A handler that fails aborts its connection first, and tells why a moment later.</summary>
    private async Task<Exception> WhyBrokenAsync(IOException broken, CancellationToken limit)
    {
        if (OtherEnd is null) return broken;
        await OtherEnd.WaitAsync(limit).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        return OtherEnd.Exception?.InnerException ?? broken;
    }
}
