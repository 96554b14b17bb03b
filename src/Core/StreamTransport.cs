using System.IO.Pipelines;
using System.Net;
using System.Net.Sockets;
using Microsoft.Win32.SafeHandles;

namespace Kestrel.Streams;

/// <summary>
/// The world below a <see cref="ConnectionStream"/>: some bytes in, all bytes out, the end of the output, abort, close, and who is
/// at the other end. It has no buffer of its own. asyncio: the transport.
/// </summary>
/// <remarks>
/// <para>Anybody may write one. The stream keeps these promises: never two receives under way, never two sends, and none that begins
/// after <see cref="Abort"/> or <see cref="DisposeAsync"/>, but for one that was beginning at that moment, and has to fail. It leaves a receive pending when the read that wanted it was cancelled, and picks it up with
/// the next read, so that <see cref="ReceiveAsync"/> need not be able to cancel.</para>
/// <para>A fault of the connection is any exception; the stream shows it to its callers as an <see cref="IOException"/>, with the
/// original inside where it was something else.</para>
/// </remarks>
public abstract class StreamTransport : IAsyncDisposable
{
    /// <summary>What the transport can do; reading and writing unless overridden.</summary>
    public virtual StreamMode Mode => StreamMode.ReadWrite;

    /// <summary>
    /// Whether <see cref="SendEofAsync"/> works, that is, whether the output can end while the input goes on; false unless
    /// overridden. A transport that says true ends its output at the start of <see cref="DisposeAsync"/>, before it first waits.
    /// </summary>
    public virtual bool CanWriteEof => false;

    /// <summary>Whether <see cref="TrySend"/> works; false unless overridden.</summary>
    public virtual bool CanTrySend => false;

    /// <summary>The address of this end, or null where there is none.</summary>
    public virtual EndPoint? LocalEndPoint => null;

    /// <summary>The address of the other end, or null where there is none.</summary>
    public virtual EndPoint? RemoteEndPoint => null;

    /// <summary>Makes a transport that works straight on a connected stream socket: TCP or Unix.</summary>
    /// <param name="socket">The socket. It may be set non-blocking.</param>
    /// <param name="ownsSocket">Whether closing the transport ends the connection and disposes the socket; otherwise it is left as it is.</param>
    /// <returns>The transport.</returns>
    /// <exception cref="ArgumentException">The socket is closed, not connected, or not a stream socket.</exception>
    public static StreamTransport FromSocket(Socket socket, bool ownsSocket = true) =>
        SocketTransport.Over(socket, ownsSocket, isInline: false);

    /// <summary>Makes a transport over any <see cref="Stream"/>, which is disposed with it.</summary>
    /// <param name="stream">The stream; it tells by <see cref="Stream.CanRead"/> and <see cref="Stream.CanWrite"/> what it can do.</param>
    /// <returns>The transport.</returns>
    /// <exception cref="ArgumentException">The stream can neither be read nor written, as a closed one.</exception>
    public static StreamTransport FromStream(Stream stream) => new SystemStreamTransport(stream);

    /// <summary>Makes a transport over a pair of pipes, as a stock Kestrel connection has it; both are completed with it.</summary>
    /// <param name="pipe">The pipes.</param>
    /// <returns>The transport. It cannot end its output alone: completing the output of a stock Kestrel connection closes both ways.</returns>
    public static StreamTransport FromPipe(IDuplexPipe pipe) => new PipeTransport(pipe);

    /// <summary>Tells what is known about the connection under one of asyncio's names.</summary>
    /// <param name="name">The name, such as <c>peername</c>, <c>sockname</c>, <c>socket</c> or <c>peercred</c>.</param>
    /// <returns>The value, or null for what is not known; never throws for a closed connection.</returns>
    public virtual object? GetExtraInfo(string name) => name switch
    {
        "peername" => RemoteEndPoint,
        "sockname" => LocalEndPoint,
        _ => null,
    };

    /// <summary>Receives what is there, at least one byte, waiting for it where there is none.</summary>
    /// <param name="buffer">
    /// Where the bytes go. When it is empty the call waits until a receive would not wait, where the transport can do that, and
    /// returns 0; that is a hint, and a transport that cannot returns at once.
    /// </param>
    /// <param name="cancellationToken">Gives up waiting where the transport can; the stream passes none.</param>
    /// <returns>The number of bytes received; 0 for a buffer that is not empty means the end of the input.</returns>
    public abstract ValueTask<int> ReceiveAsync(Memory<byte> buffer, CancellationToken cancellationToken);

    /// <summary>Whether <see cref="TryReceive"/> works.</summary>
    internal virtual bool CanTryReceive => false;

    /// <summary>Receives what is there at once, without waiting. Called as <see cref="ReceiveAsync"/>, with a buffer that is not empty.</summary>
    /// <returns>False when there is nothing now; 0 bytes are the end of the input.</returns>
    internal virtual bool TryReceive(Span<byte> buffer, out int count)
    {
        count = 0;
        return false;
    }

    /// <summary>Sends all of the data: it is done when the data is in the kernel, or in whatever lies below.</summary>
    /// <param name="data">The data, not empty; it must not be touched any more when the call has ended, in whatever way.</param>
    /// <param name="cancellationToken">Gives up; some of the data may have been sent.</param>
    /// <returns>The end of the send.</returns>
    public abstract ValueTask SendAsync(ReadOnlyMemory<byte> data, CancellationToken cancellationToken);

    /// <summary>
    /// Sends what can be sent at once, without waiting and without calling back. Called only where <see cref="CanTrySend"/> is true,
    /// by one caller at a time, never beside <see cref="SendAsync"/>.
    /// </summary>
    /// <param name="data">The data, not empty.</param>
    /// <returns>The number of bytes taken from the front of the data; 0 when none can be taken now.</returns>
    public virtual int TrySend(ReadOnlySpan<byte> data) => 0;

    /// <summary>
    /// Lets the kernel send a part of a file at once, without a copy in this process; as <see cref="TrySend"/>. The file may have become
    /// shorter.
    /// </summary>
    /// <returns>The number of bytes sent; 0 when none can be sent now; -1 when this cannot be done here: copy the file.</returns>
    internal virtual long TrySendFile(SafeFileHandle file, long offset, long count) => -1;

    /// <summary>Ends the output; the input goes on. Called at most once, after the last send.</summary>
    /// <param name="cancellationToken">Gives up waiting.</param>
    /// <returns>The end of the call.</returns>
    /// <exception cref="NotSupportedException"><see cref="CanWriteEof"/> is false.</exception>
    public virtual ValueTask SendEofAsync(CancellationToken cancellationToken) =>
        ValueTask.FromException(new NotSupportedException("The output of this transport cannot end alone: close the stream instead."));

    /// <summary>Tells that at the close input may be on its way that nobody will read: it must not turn the close into a reset.</summary>
    internal virtual void ExpectInputAtClose()
    {
    }

    /// <summary>Waits until the end of the output is sent; what the release still does then is nobody's business.</summary>
    /// <param name="release">The release, which has begun.</param>
    internal virtual Task WaitOutputEndedAsync(Task release) => CanWriteEof ? Task.CompletedTask : release;

    /// <summary>
    /// Ends the connection at once, both ways, dropping what is unsent; a pending receive or send ends with any exception.
    /// Never waits, never throws, may be called at any time and more than once. <see cref="DisposeAsync"/> follows.
    /// </summary>
    /// <param name="reason">Why, for logs; null for no reason.</param>
    public abstract void Abort(Exception? reason);

    /// <summary>How much of what was sent the other end has not taken yet; null where that is not known.</summary>
    internal virtual long? CountUntaken() => null;

    /// <summary>Tells, where it can, that the other end is gone while nothing is sent. For a transport that only writes, called at most once.</summary>
    internal virtual void WatchPeer(Action<Exception> onGone)
    {
    }

    /// <summary>
    /// Ends the output after what was sent, ends the input, and releases everything; a pending receive ends with any exception or 0.
    /// May be called more than once.
    /// </summary>
    /// <returns>The end: everything is released.</returns>
    public abstract ValueTask DisposeAsync();
}
