using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;

namespace Kestrel.Streams;

public sealed partial class ConnectionStream
{
    private static readonly TimeSpan _usualHandshakeTimeout = TimeSpan.FromSeconds(10);

    private volatile bool _startsTls;
    private bool _takesNoInput;

    /// <summary>
    /// Upgrades the connection to TLS in place, as the side that was called. What is unsent leaves as plaintext first; what has been
    /// received and not read is taken for the peer's first TLS bytes. asyncio: <c>start_tls</c>, and <c>ssl=</c> of a server.
    /// </summary>
    /// <remarks>
    /// <para>It counts as a read and a write: neither may run beside it. Cancelled while it still sends what was unsent, it has done
    /// nothing; after that the connection is gone. A handshake that fails closes the stream, one that takes too long aborts it.</para>
    /// <para>From then on the end of the input must be said by the peer's <c>close_notify</c>: without it a read throws
    /// <see cref="IOException"/>. The output cannot end alone any more: <see cref="CanWriteEof"/> is false.</para>
    /// </remarks>
    /// <param name="options">The certificate of this side, and what else .NET knows to set: protocol versions, client certificates, ALPN.</param>
    /// <param name="handshakeTimeout">How long it may take in all, above zero; null for 10 seconds.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>The end: every byte from now on is encrypted.</returns>
    /// <exception cref="ArgumentNullException">There are no options.</exception>
    /// <exception cref="ArgumentOutOfRangeException">The timeout is zero, below zero or more than a timer can count.</exception>
    /// <exception cref="AuthenticationException">The two sides do not agree, or the certificate of one does not please the other.</exception>
    /// <exception cref="InvalidOperationException">A read is under way, or the output has ended.</exception>
    /// <exception cref="IOException">The connection is broken, or the timeout was over.</exception>
    /// <exception cref="NotSupportedException">The stream is read-only or write-only.</exception>
    /// <exception cref="ObjectDisposedException">The stream is closed, or was closed in the meantime.</exception>
    public ValueTask StartTlsAsync(
        SslServerAuthenticationOptions options, TimeSpan? handshakeTimeout = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(options);
        return StartTlsAsync(tls => tls.AuthenticateAsServerAsync(options), options, handshakeTimeout, cancellationToken);
    }

    /// <summary>
    /// Upgrades the connection to TLS in place, as the side that has called. What is unsent leaves as plaintext first; what has been
    /// received and not read is taken for the peer's first TLS bytes. asyncio: <c>start_tls</c>, and <c>ssl=</c> of <c>connect</c>.
    /// </summary>
    /// <inheritdoc cref="StartTlsAsync(SslServerAuthenticationOptions, TimeSpan?, CancellationToken)" path="/*[not(self::summary or self::param)]"/>
    /// <param name="options">
    /// The name that the peer's certificate must be for (<see cref="SslClientAuthenticationOptions.TargetHost"/>), and what else .NET knows
    /// to set.
    /// </param>
    /// <param name="handshakeTimeout">How long it may take in all, above zero; null for 10 seconds.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public ValueTask StartTlsAsync(
        SslClientAuthenticationOptions options, TimeSpan? handshakeTimeout = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(options);
        return StartTlsAsync(tls => tls.AuthenticateAsClientAsync(options), options, handshakeTimeout, cancellationToken);
    }

    private async ValueTask StartTlsAsync(
        Func<SslStream, Task> shakeHands, object options, TimeSpan? handshakeTimeout, CancellationToken cancellationToken)
    {
        var timeout = ConnectionStreamOptions.TimerSpan(handshakeTimeout ?? _usualHandshakeTimeout, nameof(handshakeTimeout));
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        either.CancelAfter(timeout);

        // The last read of what is an input of plaintext until now: when the upgrade succeeds it never ends.
        var read = Input.BeginRead(cancellationToken);
        var (held, upgraded) = (false, false);
        SslStream? tls = null;
        try
        {
            Output.Hold();
            held = true;
            await Output.FlushAsync(either.Token).ConfigureAwait(false);

            lock (_gate)
            {
                _startsTls = true;
                Input.Resume();
            }

            var bytes = new TransportStream(Transport, Input);
            tls = new SslStream(bytes, leaveInnerStreamOpen: true);
            // Not every transport gives up a receive for a token, but each does for an abort.
            await using (either.Token.UnsafeRegister(static transport => ((StreamTransport)transport!).Abort(reason: null), Transport).ConfigureAwait(false))
                await shakeHands(tls).ConfigureAwait(false);
            either.Token.ThrowIfCancellationRequested();
            GoOnOver(new TlsTransport(Transport, bytes, tls, options));
            upgraded = true;
        }
        catch (Exception e)
        {
            var late = either.IsCancellationRequested && !cancellationToken.IsCancellationRequested;
            var error = IsClosing ? ClosedError() : late ? Late(timeout) : WhyNotUpgraded(e, hasBegun: tls is not null, cancellationToken);
            if (late || (tls is not null && cancellationToken.IsCancellationRequested)) Abort(error);
            // In order, because the peer is to see the alert that tells it why.
            else if (tls is not null) await CloseAsync(CancellationToken.None).ConfigureAwait(false);
            if (error == e) throw;
            throw error;
        }
        finally
        {
            if (held) Output.Release();
            if (!upgraded) read.Dispose();
            if (!upgraded && tls is not null) await tls.DisposeAsync().ConfigureAwait(false);
        }
    }

    /// <summary>The handshake is done: whatever is read and written from now on goes through the session.</summary>
    private void GoOnOver(TlsTransport secure)
    {
        bool stop;
        lock (_gate)
        {
            if (_closing is not null) throw ClosedError();
            _startsTls = false;
            Transport = secure;
            Input = new StreamInput(this, Input);
            stop = _takesNoInput;
        }

        if (stop) Input.Stop();
        Output.GoOnOver(secure);
        if (_closedSource is not null) Input.ReadAhead();
    }

    private IOException Late(TimeSpan timeout) => new(
        $"The TLS handshake of the connection {Id} took longer than {timeout.TotalSeconds:0.###} seconds: the connection is aborted; see HandshakeTimeout.",
        new SocketException((int)SocketError.TimedOut));

    private Exception WhyNotUpgraded(Exception error, bool hasBegun, CancellationToken cancellationToken) => error switch
    {
        _ when cancellationToken.IsCancellationRequested => new OperationCanceledException(cancellationToken),
        SocketException => Broken(error),
        IOException { InnerException: SocketException broken } when hasBegun => Broken(broken),
        IOException when hasBegun => new IOException($"The TLS handshake of the connection {Id} failed: {error.Message.TrimEnd('.')}.", error),
        // .NET looks into a hello before OpenSSL does, and stumbles over some whose lengths lie; the parser itself may be inlined and so not named.
        // An exception of the caller's own callbacks stays what it is: none of them is called from there.
        ArgumentException when error.StackTrace?.Contains("System.Net.Security.SslStream.ReceiveHandshakeFrameAsync", StringComparison.Ordinal) == true =>
            new AuthenticationException($"The TLS handshake of the connection {Id} failed: the peer's first message is malformed."),
        _ => error,
    };
}
