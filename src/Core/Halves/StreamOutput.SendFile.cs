namespace Kestrel.Streams;

/// <content>Files: the kernel sends them where it can, and else they are copied block by block.</content>
internal sealed partial class StreamOutput
{
    /// <summary>The most that is sent of a file at once: between two pieces the call can be cancelled.</summary>
    private const int FilePiece = 1024 * 1024;

    /// <summary>Sends a part of a file; done when its last byte is below.</summary>
    public ValueTask SendFileAsync(FileRange file, CancellationToken cancellationToken)
    {
        PendingWrite write;
        try
        {
            using (_gate.Enter())
            {
                ThrowIfEnded();
                if (file.Length == 0)
                {
                    file.Release();
                    return ValueTask.CompletedTask;
                }

                SealCollected();
                _accepted += file.Length;
                write = Mark();
                write.File = file;
                (_queue ??= new()).Enqueue(new SendSegment { Write = write });
            }
        }
        catch (Exception e)
        {
            file.Release();
            return ValueTask.FromException(e);
        }

        SendUnsent();
        return write.WaitAsync(cancellationToken);
    }

    /// <summary>
    /// Sends the next piece of the file at the head; where nothing can be sent at once it reads some of it, for the transport to wait
    /// with. Not under the lock: a disk may take its time.
    /// </summary>
    /// <returns>What was read and is to be sent, or nothing.</returns>
    private SendSegment SendPiece(PendingWrite write, FileRange file)
    {
        SendSegment copy = default;
        IOException? error = null;
        var sent = TrySendFile(file);
        if (sent == 0)
        {
            copy.Block = _pool.Rent(file.IsCopied ? LastBlock : FirstBlock);
            try
            {
                copy.End = file.Read(copy.Block);
            }
            catch (IOException e)
            {
                error = e;
            }
        }

        using (_gate.Enter())
        {
            _underway = null;
            if (!_dropped)
            {
                write.Advance(sent);
                Pass(sent);
                if (write.File is null) return default;
                if (error is null && write.StopError is null)
                {
                    write.Advance(copy.End);
                    return copy;
                }

                // After a close nobody is left to be told: the peer must not take the part for the whole.
                if (_closed) Tear();
                else GiveUp(write, write.StopError ?? error);
            }
            else if (write.TryClaim())
            {
                write.End(write.StopError ?? DropError());
            }
        }

        ReturnBlock(copy);
        return default;
    }

    private long TrySendFile(FileRange file)
    {
        if (file.IsCopied) return 0;
        try
        {
            var sent = _transport.TrySendFile(file.Handle, file.Offset, Math.Min(file.Length, FilePiece));
            if (sent >= 0) return sent;
            file.IsCopied = true;
        }
        catch (Exception e)
        {
            Fail(_stream.Broken(e));
        }

        return 0;
    }
}
