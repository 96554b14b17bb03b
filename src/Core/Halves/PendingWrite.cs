namespace Kestrel.Streams;

/// <summary>A call that waits for bytes to leave: a <c>WriteAsync</c> with its data, a <c>SendFileAsync</c> with its file, or a flush without.</summary>
internal sealed class PendingWrite(StreamOutput output) : Waiter
{
    /// <summary>What is still to be sent of the caller's memory; empty when the bytes are in the send buffer, or were withdrawn.</summary>
    public ReadOnlyMemory<byte> Data { get; set; }

    /// <summary>What is still to be sent of a file, or null.</summary>
    public FileRange? File { get; set; }

    /// <summary>How many bytes were withdrawn: they count as passed when their turn comes.</summary>
    public long Withdrawn { get; set; }

    /// <summary>The call is done when so many bytes of the stream have passed.</summary>
    public long Until { get; set; }

    /// <summary>What the call throws when its memory or file, which is in use outside of the lock, is let go.</summary>
    public Exception? StopError { get; set; }

    /// <summary>The data is not sent any more; its bytes keep their place in the count.</summary>
    public void Withdraw()
    {
        Withdrawn = Data.Length + (File?.Length ?? 0);
        Data = default;
        ReleaseFile();
    }

    /// <summary>So many bytes of the file are taken; the last ones let go of it.</summary>
    public void Advance(long count)
    {
        File!.Advance(count);
        if (File.Length == 0) ReleaseFile();
    }

    public void ReleaseFile()
    {
        File?.Release();
        File = null;
    }

    protected override void Cancel() => output.Withdraw(this, CancellationError);
}
