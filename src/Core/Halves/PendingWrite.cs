namespace Kestrel.Streams;

/// <summary>A call that waits for bytes to leave: a <c>WriteAsync</c> with its data, or a flush without.</summary>
internal sealed class PendingWrite(StreamOutput output) : Waiter
{
    /// <summary>What is still to be sent of the caller's memory; empty when the bytes are in the send buffer, or were withdrawn.</summary>
    public ReadOnlyMemory<byte> Data { get; set; }

    /// <summary>How many bytes were withdrawn: they count as passed when their turn comes.</summary>
    public int Withdrawn { get; set; }

    /// <summary>The call is done when so many bytes of the stream have passed.</summary>
    public long Until { get; set; }

    /// <summary>What the call throws when the transport, which has its memory in hand, has been told to stop.</summary>
    public Exception? StopError { get; set; }

    /// <summary>The data is not sent any more; its bytes keep their place in the count.</summary>
    public void Withdraw()
    {
        Withdrawn = Data.Length;
        Data = default;
    }

    protected override void Cancel() => output.Withdraw(this, CancellationError);
}
