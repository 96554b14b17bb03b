using System.Net;
using System.Net.Sockets;

namespace Kestrel.Streams;

/// <summary>Over any <see cref="Stream"/>: an OS pipe, standard input and output, a serial port, somebody else's protocol.</summary>
internal sealed class SystemStreamTransport : StreamTransport
{
    private readonly Stream _stream;
    private readonly object? _peerCredentials;

    public SystemStreamTransport(Stream stream, StreamMode mode)
        : this(stream) => Mode = mode;

    public SystemStreamTransport(Stream stream)
    {
        ArgumentNullException.ThrowIfNull(stream);
        Mode = (stream.CanRead, stream.CanWrite) switch
        {
            (true, true) => StreamMode.ReadWrite,
            (true, false) => StreamMode.Read,
            (false, true) => StreamMode.Write,
            _ => throw new ArgumentException("The stream can neither be read nor written: give an open one.", nameof(stream)),
        };
        _stream = stream;
        // Kept here because a socket forgets its addresses when it is disposed.
        if (stream is not NetworkStream { Socket: var socket }) return;
        LocalEndPoint = SocketTransport.AddressOf(socket, static s => s.LocalEndPoint);
        RemoteEndPoint = SocketTransport.AddressOf(socket, static s => s.RemoteEndPoint);
        _peerCredentials = UnixPeerCredentials.Of(socket);
    }

    public override StreamMode Mode { get; }

    public override EndPoint? LocalEndPoint { get; }

    public override EndPoint? RemoteEndPoint { get; }

    public override object? GetExtraInfo(string name) => name switch
    {
        "pipe" => _stream,
        "socket" => (_stream as NetworkStream)?.Socket,
        "peercred" => _peerCredentials,
        _ => base.GetExtraInfo(name),
    };

    public override ValueTask<int> ReceiveAsync(Memory<byte> buffer, CancellationToken cancellationToken) =>
        _stream.ReadAsync(buffer, cancellationToken);

    public override async ValueTask SendAsync(ReadOnlyMemory<byte> data, CancellationToken cancellationToken)
    {
        await _stream.WriteAsync(data, cancellationToken).ConfigureAwait(false);
        // Many a Stream has a buffer of its own: "sent" means that the bytes have left it.
        await _stream.FlushAsync(cancellationToken).ConfigureAwait(false);
    }

    public override void Abort(Exception? reason)
    {
        try
        {
            _stream.Dispose();
        }
        catch (Exception)
        {
            // A dispose that flushes may fail on a broken stream: it is gone all the same.
        }
    }

    public override ValueTask DisposeAsync() => _stream.DisposeAsync();
}
