using System.Buffers;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Runtime.CompilerServices;
using System.Runtime.ExceptionServices;
using System.Security.Cryptography.X509Certificates;

namespace Kestrel.Streams;

/// <summary>A TLS session over another transport, after its handshake.</summary>
internal sealed class TlsTransport : StreamTransport
{
    /// <summary>The most that goes into one TLS record.</summary>
    private const int RecordSize = 16 * 1024;

    private readonly ArrayPool<byte> _pool = BlockPool.Current;
    private readonly StreamTransport _below;
    private readonly TransportStream _bytes;
    private readonly SslStream _tls;
    private readonly object _options;
    private readonly TlsCipherSuite _cipher;
    private readonly X509Certificate? _peerCertificate;
    private readonly TaskCompletionSource _outputEnded = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _released = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private Task _sending = Task.CompletedTask;
    private int _releasing;
    private volatile bool _aborted;

    /// <summary>Takes over a session whose handshake is done.</summary>
    /// <param name="below">What carries the session.</param>
    /// <param name="bytes">The bytes of <paramref name="below"/>.</param>
    /// <param name="tls">The session over <paramref name="bytes"/>.</param>
    /// <param name="options">What the session was made with.</param>
    public TlsTransport(StreamTransport below, TransportStream bytes, SslStream tls, object options)
    {
        (_below, _bytes, _tls, _options) = (below, bytes, tls, options);
        bytes.EndHandshake();
        bytes.EndDecryption();
        // Kept here because a session forgets them when it is disposed.
        _cipher = tls.NegotiatedCipherSuite;
        _peerCertificate = tls.RemoteCertificate;
        // What nobody reads still comes at the end: session tickets to a client that only writes, the answer to our close_notify to either side.
        // Where nobody takes it, the peer gets a reset or a broken pipe, and may drop for it what it has received and not read.
        below.ExpectInputAtClose();
    }

    public override bool CanTrySend => true;

    public override EndPoint? LocalEndPoint => _below.LocalEndPoint;

    public override EndPoint? RemoteEndPoint => _below.RemoteEndPoint;

    public override object? GetExtraInfo(string name) => name switch
    {
        "cipher" => _cipher,
        "compression" => null, // .NET never agrees on one
        "peercert" => _peerCertificate,
        "sslcontext" => _options,
        "ssl_object" => _tls,
        _ => _below.GetExtraInfo(name),
    };

    internal override long? CountUntaken() => _below.CountUntaken();

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public override async ValueTask<int> ReceiveAsync(Memory<byte> buffer, CancellationToken cancellationToken)
    {
        var count = 0;
        _bytes.BeginDecryption();
        try
        {
            count = await _tls.ReadAsync(buffer, cancellationToken).ConfigureAwait(false);
        }
        catch (IOException e) when (_bytes.HasEnded || e.InnerException is SocketException)
        {
            if (!_bytes.HasEnded) ExceptionDispatchInfo.Throw(e.InnerException!);
        }
        finally
        {
            _bytes.EndDecryption();
        }

        // Anybody on the way can end a TCP connection; only the peer can say close_notify.
        return count > 0 || !_bytes.HasEnded ? count : throw Cut();
    }

    public override int TrySend(ReadOnlySpan<byte> data)
    {
        var total = 0;
        while (_sending.IsCompleted)
        {
            _sending.GetAwaiter().GetResult();
            if (total == data.Length) break;
            var count = Math.Min(data.Length - total, RecordSize);
            var record = _pool.Rent(count);
            data.Slice(total, count).CopyTo(record);
            total += count;
            var sending = SendRecordAsync(record.AsMemory(0, count), record);
            if (!sending.IsCompletedSuccessfully) _sending = sending.AsTask();
        }

        return total;
    }

    public override async ValueTask SendAsync(ReadOnlyMemory<byte> data, CancellationToken cancellationToken)
    {
        await _sending.ConfigureAwait(false);
        // A record that is cut in the middle would end the session.
        await SendRecordAsync(data, rented: null).ConfigureAwait(false);
    }

    public override void Abort(Exception? reason)
    {
        _aborted = true;
        _below.Abort(reason);
    }

    public override ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _releasing, 1) == 0) _ = ReleaseAsync().Observed();
        return new ValueTask(_released.Task);
    }

    /// <summary>The end is said by close_notify, and the release begins behind it.</summary>
    internal override Task WaitOutputEndedAsync(Task release) => _outputEnded.Task;

    private async Task ReleaseAsync()
    {
        try
        {
            await SayEndAsync().ConfigureAwait(false);
            var released = _below.DisposeAsync();
            if (_below.CanWriteEof) _outputEnded.TrySetResult();
            await released.ConfigureAwait(false);
        }
        finally
        {
            _outputEnded.TrySetResult();
            _released.TrySetResult();
            // After what is below: then no read is under way in it any more.
            await _tls.DisposeAsync().ConfigureAwait(false);
        }
    }

    private async Task SayEndAsync()
    {
        try
        {
            await _sending.ConfigureAwait(false);
            if (_aborted) return;
            // OpenSSL may not be called from two threads, and SslStream sees to that for reads and writes but not for this.
            await _bytes.EndReadsAsync().ConfigureAwait(false);
            await _tls.ShutdownAsync().ConfigureAwait(false);
        }
        catch (Exception)
        {
            // Broken or aborted: nobody is there to be told.
        }
    }

    private async ValueTask SendRecordAsync(ReadOnlyMemory<byte> data, byte[]? rented)
    {
        try
        {
            await _tls.WriteAsync(data, CancellationToken.None).ConfigureAwait(false);
        }
        catch (IOException e) when (e.InnerException is SocketException)
        {
            ExceptionDispatchInfo.Throw(e.InnerException);
        }
        finally
        {
            if (rented is not null) _pool.Return(rented);
        }
    }

    private static IOException Cut() => new(
        "The TLS connection was cut: its input ended without the peer's close_notify; what was received may be incomplete.",
        new SocketException((int)SocketError.ConnectionReset));
}
