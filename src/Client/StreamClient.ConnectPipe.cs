using System.Runtime.InteropServices;

namespace Kestrel.Streams;

public static partial class StreamClient
{
    /// <summary>
    /// Makes a read-only stream of the reading end of a pipe: an anonymous pipe, a FIFO, a socket, a character device or a regular file.
    /// Linux only. asyncio: <c>asyncio.connect_read_pipe(pipe)</c>.
    /// </summary>
    /// <remarks>
    /// <para>No thread waits for input. The end of the pipe is the end of the stream; it comes when the last writer has closed the pipe or
    /// has exited. Standard input is <c>new SafeFileHandle(0, ownsHandle: false)</c>.</para>
    /// <para>A regular file, which asyncio refuses, is read from where the handle stands, on the thread of the caller, so that
    /// <c>program &lt; file</c> works.</para>
    /// <para>A terminal is never made non-blocking, and a pipe neither, unless it is another user's.</para>
    /// </remarks>
    /// <param name="handle">
    /// The handle, such as a <c>SafePipeHandle</c> or a <c>SafeFileHandle</c>. From the moment the stream is there it owns the handle,
    /// which closes with it; <see cref="ConnectionStream.GetExtraInfo"/> gives it for <c>pipe</c>.
    /// </param>
    /// <param name="options">What stream to make; only <see cref="StreamClientOptions.Limit"/> matters. Null for the defaults.</param>
    /// <param name="cancellationToken">Gives up; the handle is then left to the caller as it was.</param>
    /// <returns>The stream, of mode <see cref="StreamMode.Read"/>.</returns>
    /// <exception cref="ArgumentNullException"><paramref name="handle"/> is null.</exception>
    /// <exception cref="ArgumentException">
    /// <paramref name="handle"/> is closed, open for writing only, or of a directory or a disk; it is left to the caller.
    /// </exception>
    /// <exception cref="PlatformNotSupportedException">This is not Linux: give a <see cref="Stream"/>.</exception>
    /// <exception cref="OperationCanceledException"><paramref name="cancellationToken"/> was cancelled; the exception carries it.</exception>
    public static Task<ConnectionStream> ConnectReadPipeAsync(
        SafeHandle handle, StreamClientOptions? options = null, CancellationToken cancellationToken = default) =>
        OpenPipe(handle, StreamMode.Read, options, cancellationToken);

    /// <summary>Makes a read-only stream of any <see cref="Stream"/>. asyncio: <c>asyncio.connect_read_pipe(pipe)</c>.</summary>
    /// <remarks>
    /// What lies below a pipe stream, the <c>StandardOutput.BaseStream</c> of a child process, a <c>NetworkStream</c> and a <c>FileStream</c>
    /// over a FIFO is used itself, as in <see cref="ConnectReadPipeAsync(SafeHandle, StreamClientOptions?, CancellationToken)"/>. Anything
    /// else, <c>Console.OpenStandardInput()</c> among it, is read with <see cref="Stream.ReadAsync(Memory{byte}, CancellationToken)"/>, which may
    /// keep a thread.
    /// </remarks>
    /// <param name="stream">
    /// The stream, from which nothing has been read yet. From the moment the new stream is there it owns this one, which closes with it;
    /// <see cref="ConnectionStream.GetExtraInfo"/> gives it for <c>pipe</c>.
    /// </param>
    /// <param name="options">What stream to make; only <see cref="StreamClientOptions.Limit"/> matters. Null for the defaults.</param>
    /// <param name="cancellationToken">Gives up; the stream is then left to the caller as it was.</param>
    /// <returns>The stream, of mode <see cref="StreamMode.Read"/>.</returns>
    /// <exception cref="ArgumentNullException"><paramref name="stream"/> is null.</exception>
    /// <exception cref="ArgumentException">
    /// <paramref name="stream"/> is closed, not connected, cannot be read, or is over a directory or a disk; it is left to the caller.
    /// </exception>
    /// <exception cref="OperationCanceledException"><paramref name="cancellationToken"/> was cancelled; the exception carries it.</exception>
    public static Task<ConnectionStream> ConnectReadPipeAsync(
        Stream stream, StreamClientOptions? options = null, CancellationToken cancellationToken = default) =>
        OpenPipe(stream, StreamMode.Read, options, cancellationToken);

    /// <summary>
    /// Makes a write-only stream of the writing end of a pipe: an anonymous pipe, a FIFO, a socket or a character device. Linux only.
    /// asyncio: <c>asyncio.connect_write_pipe(pipe)</c>.
    /// </summary>
    /// <remarks>
    /// <para>No thread waits for room; only a write to a character device, which may be a stopped terminal, keeps one of the thread pool.
    /// A reader that is gone breaks the stream: writes throw <see cref="IOException"/>. Who has asked for
    /// <see cref="ConnectionStream.Closed"/> learns it while nothing is written too.</para>
    /// <para><see cref="ConnectionStream.WriteEofAsync"/> closes the handle, and so does the close: the reader sees the end when nobody
    /// else has the pipe open for writing. Standard output is <c>new SafeFileHandle(1, ownsHandle: false)</c>.</para>
    /// <para>A terminal is never made non-blocking, and a pipe neither, unless it is another user's.</para>
    /// </remarks>
    /// <param name="handle">
    /// The handle, such as a <c>SafePipeHandle</c> or a <c>SafeFileHandle</c>. From the moment the stream is there it owns the handle,
    /// which closes with it; <see cref="ConnectionStream.GetExtraInfo"/> gives it for <c>pipe</c>.
    /// </param>
    /// <param name="options">What stream to make; only <see cref="StreamClientOptions.Limit"/> matters. Null for the defaults.</param>
    /// <param name="cancellationToken">Gives up; the handle is then left to the caller as it was.</param>
    /// <returns>The stream, of mode <see cref="StreamMode.Write"/>.</returns>
    /// <exception cref="ArgumentNullException"><paramref name="handle"/> is null.</exception>
    /// <exception cref="ArgumentException">
    /// <paramref name="handle"/> is closed, open for reading only, or of a regular file, a directory or a disk; it is left to the caller.
    /// </exception>
    /// <exception cref="PlatformNotSupportedException">This is not Linux: give a <see cref="Stream"/>.</exception>
    /// <exception cref="OperationCanceledException"><paramref name="cancellationToken"/> was cancelled; the exception carries it.</exception>
    public static Task<ConnectionStream> ConnectWritePipeAsync(
        SafeHandle handle, StreamClientOptions? options = null, CancellationToken cancellationToken = default) =>
        OpenPipe(handle, StreamMode.Write, options, cancellationToken);

    /// <summary>Makes a write-only stream of any <see cref="Stream"/>. asyncio: <c>asyncio.connect_write_pipe(pipe)</c>.</summary>
    /// <remarks>
    /// What lies below a pipe stream, the <c>StandardInput.BaseStream</c> of a child process, a <c>NetworkStream</c> and a <c>FileStream</c>
    /// over a FIFO is used itself, as in <see cref="ConnectWritePipeAsync(SafeHandle, StreamClientOptions?, CancellationToken)"/>. Anything
    /// else, <c>Console.OpenStandardOutput()</c> among it, is written with
    /// <see cref="Stream.WriteAsync(ReadOnlyMemory{byte}, CancellationToken)"/>, which may keep a thread; its output cannot end alone.
    /// </remarks>
    /// <param name="stream">
    /// The stream. From the moment the new stream is there it owns this one, which closes with it;
    /// <see cref="ConnectionStream.GetExtraInfo"/> gives it for <c>pipe</c>.
    /// </param>
    /// <param name="options">What stream to make; only <see cref="StreamClientOptions.Limit"/> matters. Null for the defaults.</param>
    /// <param name="cancellationToken">Gives up; the stream is then left to the caller as it was.</param>
    /// <returns>The stream, of mode <see cref="StreamMode.Write"/>.</returns>
    /// <exception cref="ArgumentNullException"><paramref name="stream"/> is null.</exception>
    /// <exception cref="ArgumentException">
    /// <paramref name="stream"/> is closed, not connected, cannot be written, or is a <c>FileStream</c> over a regular file; it is left to
    /// the caller.
    /// </exception>
    /// <exception cref="OperationCanceledException"><paramref name="cancellationToken"/> was cancelled; the exception carries it.</exception>
    public static Task<ConnectionStream> ConnectWritePipeAsync(
        Stream stream, StreamClientOptions? options = null, CancellationToken cancellationToken = default) =>
        OpenPipe(stream, StreamMode.Write, options, cancellationToken);

    private static Task<ConnectionStream> OpenPipe(
        SafeHandle handle, StreamMode mode, StreamClientOptions? options, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(handle);
        if (cancellationToken.IsCancellationRequested) return Task.FromCanceled<ConnectionStream>(cancellationToken);
        return Task.FromResult(OpenPipe(PipeSource.Open(handle, mode), options));
    }

    private static Task<ConnectionStream> OpenPipe(
        Stream stream, StreamMode mode, StreamClientOptions? options, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(stream);
        if (cancellationToken.IsCancellationRequested) return Task.FromCanceled<ConnectionStream>(cancellationToken);
        return Task.FromResult(OpenPipe(PipeSource.Open(stream, mode), options));
    }

    private static ConnectionStream OpenPipe(StreamTransport transport, StreamClientOptions? options) =>
        ConnectionStream.Create(transport, new ConnectionStreamOptions { Limit = (options ?? _defaults).Limit });
}
