namespace Kestrel.Streams;

/// <content>The members of <see cref="Stream"/>. The synchronous ones work and block.</content>
public sealed partial class ConnectionStream
{
    /// <summary>Whether the stream can be read: its mode says so and it is not closed.</summary>
    public override bool CanRead => CanReadAtAll && !IsClosing;

    /// <summary>Whether the stream can be written: its mode says so and it is not closed.</summary>
    public override bool CanWrite => CanWriteAtAll && !IsClosing;

    /// <summary>False: a connection has no positions.</summary>
    public override bool CanSeek => false;

    /// <summary>Not supported: a connection has no length.</summary>
    /// <exception cref="NotSupportedException">Always.</exception>
    public override long Length => throw NoPositions();

    /// <summary>Not supported: a connection has no positions.</summary>
    /// <exception cref="NotSupportedException">Always.</exception>
    public override long Position
    {
        get => throw NoPositions();
        set => throw NoPositions();
    }

    /// <summary>Reads what is there, waiting only while nothing is.</summary>
    /// <param name="buffer">Where the bytes go; an empty one waits until a read would not wait, and returns 0.</param>
    /// <param name="cancellationToken">Ends the wait; nothing is consumed then.</param>
    /// <returns>The number of bytes; 0 at the end of the input.</returns>
    /// <inheritdoc cref="ReadAsync(int, CancellationToken)" path="/exception[not(contains(@cref, 'Argument'))]"/>
    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        using var read = Input.BeginRead(cancellationToken);
        await WaitForSomeAsync(cancellationToken).ConfigureAwait(false);
        return MoveTo(buffer.Span);
    }

    /// <inheritdoc cref="ReadAsync(Memory{byte}, CancellationToken)" path="/*[not(self::param)]"/>
    /// <param name="buffer">Where the bytes go.</param>
    /// <param name="offset">Where in it they go.</param>
    /// <param name="count">The most to read; 0 waits until a read would not wait, and returns 0.</param>
    /// <param name="cancellationToken">Ends the wait; nothing is consumed then.</param>
    /// <exception cref="ArgumentException">The range is not within the buffer.</exception>
    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken)
    {
        ValidateBufferArguments(buffer, offset, count);
        return ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();
    }

    /// <summary>Reads what is there, blocking only while nothing is.</summary>
    /// <param name="buffer">Where the bytes go; an empty one blocks until a read would not block, and returns 0.</param>
    /// <returns>The number of bytes; 0 at the end of the input.</returns>
    /// <inheritdoc cref="ReadAsync(int, CancellationToken)" path="/exception[not(contains(@cref, 'Argument'))]"/>
    public override int Read(Span<byte> buffer)
    {
        using var read = Input.BeginRead(CancellationToken.None);
        WaitForSomeAsync(CancellationToken.None).AsTask().GetAwaiter().GetResult();
        return MoveTo(buffer);
    }

    /// <inheritdoc cref="Read(Span{byte})" path="/*[not(self::param)]"/>
    /// <param name="buffer">Where the bytes go.</param>
    /// <param name="offset">Where in it they go.</param>
    /// <param name="count">The most to read; 0 blocks until a read would not block, and returns 0.</param>
    /// <exception cref="ArgumentException">The range is not within the buffer.</exception>
    public override int Read(byte[] buffer, int offset, int count)
    {
        ValidateBufferArguments(buffer, offset, count);
        return Read(buffer.AsSpan(offset, count));
    }

    /// <summary>Reads one byte, blocking until there is one.</summary>
    /// <returns>The byte, or -1 at the end of the input.</returns>
    public override int ReadByte()
    {
        Span<byte> one = stackalloc byte[1];
        return Read(one) == 0 ? -1 : one[0];
    }

    /// <summary>Buffers the data: <see cref="Write(ReadOnlySpan{byte})"/>.</summary>
    /// <param name="buffer">Where the data is; copied.</param>
    /// <param name="offset">Where in it the data begins.</param>
    /// <param name="count">The number of bytes.</param>
    /// <exception cref="ArgumentException">The range is not within the buffer.</exception>
    /// <inheritdoc cref="Write(ReadOnlySpan{byte})" path="/exception"/>
    public override void Write(byte[] buffer, int offset, int count)
    {
        ValidateBufferArguments(buffer, offset, count);
        Output.Write(buffer.AsSpan(offset, count));
    }

    /// <summary>Buffers one byte: <see cref="Write(ReadOnlySpan{byte})"/>.</summary>
    /// <param name="value">The byte.</param>
    public override void WriteByte(byte value) => Output.Write([value]);

    /// <summary>Sends the data: <see cref="WriteAsync(ReadOnlyMemory{byte}, CancellationToken)"/>.</summary>
    /// <param name="buffer">Where the data is; not copied.</param>
    /// <param name="offset">Where in it the data begins.</param>
    /// <param name="count">The number of bytes.</param>
    /// <param name="cancellationToken">Ends the wait; a part of the data may have been sent then.</param>
    /// <returns>The end, as there.</returns>
    /// <exception cref="ArgumentException">The range is not within the buffer.</exception>
    /// <inheritdoc cref="Write(ReadOnlySpan{byte})" path="/exception"/>
    public override Task WriteAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken)
    {
        ValidateBufferArguments(buffer, offset, count);
        return Output.WriteAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();
    }

    /// <summary>Blocks until everything unsent is in the kernel, or in whatever lies below.</summary>
    /// <inheritdoc cref="DrainAsync" path="/exception"/>
    public override void Flush() => FlushAsync(CancellationToken.None).GetAwaiter().GetResult();

    /// <summary>Waits until everything unsent is in the kernel, or in whatever lies below.</summary>
    /// <param name="cancellationToken">Ends the wait; what is unsent leaves when it can.</param>
    /// <returns>The end.</returns>
    /// <inheritdoc cref="DrainAsync" path="/exception"/>
    public override Task FlushAsync(CancellationToken cancellationToken) => Output.FlushAsync(cancellationToken).AsTask();

    /// <summary>Not supported: a connection has no positions.</summary>
    /// <param name="offset">Nothing.</param>
    /// <param name="origin">Nothing.</param>
    /// <returns>Never.</returns>
    /// <exception cref="NotSupportedException">Always.</exception>
    public override long Seek(long offset, SeekOrigin origin) => throw NoPositions();

    /// <summary>Not supported: a connection has no length.</summary>
    /// <param name="value">Nothing.</param>
    /// <exception cref="NotSupportedException">Always.</exception>
    public override void SetLength(long value) => throw NoPositions();

    private static NotSupportedException NoPositions() => new("A connection has no positions and no length: read on, or write on.");
}
