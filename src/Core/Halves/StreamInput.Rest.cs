namespace Kestrel.Streams;

/// <content>
/// The last read of an input that another one takes the place of: it never ends, so that no other can begin, and what had been
/// received, or is on its way in a receive, goes to whoever reads the rest.
/// </content>
internal sealed partial class StreamInput
{
    /// <summary>Whether something is left to read by <see cref="ReadRestAsync"/>: bytes, or a receive that is under way.</summary>
    public bool HasRest
    {
        get
        {
            using (_gate.Enter()) return Buffer.Length > 0 || _receiving || IsEnded || _fault is not null;
        }
    }

    /// <summary>Takes back a <see cref="Stop"/>: what follows a handshake is not taken, but the handshake itself needs its input.</summary>
    public void Resume()
    {
        using (_gate.Enter())
        {
            if (_stopped) _stopped = IsEnded = false;
        }
    }

    /// <summary>Reads from the rest, in the name of the read under way; waits only for a receive that is under way already.</summary>
    /// <param name="buffer">Where the bytes go; an empty one waits until there are some.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>The number of bytes; 0 at the end of the input.</returns>
    public async ValueTask<int> ReadRestAsync(Memory<byte> buffer, CancellationToken cancellationToken)
    {
        if (Buffer.Length == 0) await FillAsync(_stream.ReadAheadCapacity, cancellationToken).ConfigureAwait(false);
        var count = Math.Min(buffer.Length, Buffer.Length);
        Buffer.Unread[..count].CopyTo(buffer.Span);
        Buffer.Consume(count);
        // The room of a receive under way is in the block.
        using (_gate.Enter())
        {
            if (!_receiving) Buffer.ReleaseIfEmpty();
        }

        return count;
    }
}
