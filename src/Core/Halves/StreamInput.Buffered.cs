namespace Kestrel.Streams;

/// <content>
/// What is buffered already, without the ceremony of a read: one lock. Each says false when it is not all there, and when there is
/// anything else to look after, such as another read or the limit; then a read finds out what.
/// </content>
internal sealed partial class StreamInput
{
    private bool IsAtRest => !_reading && !_readsAhead && !_closed && !_faultShown;

    public bool TryLendLine(out ReadOnlyMemory<byte> line)
    {
        using (_gate.Enter())
        {
            var length = IsAtRest ? LineLength() : 0;
            line = length > 0 ? LendNext(length) : default;
            return length > 0;
        }
    }

    public bool TryTakeLine(out byte[] line)
    {
        using (_gate.Enter())
        {
            var length = IsAtRest ? LineLength() : 0;
            line = length > 0 ? TakeNext(length) : [];
            return length > 0;
        }
    }

    public bool TryLend(int count, out ReadOnlyMemory<byte> data)
    {
        using (_gate.Enter())
        {
            var isThere = IsAtRest && Buffer.Length >= count && count > 0;
            data = isThere ? LendNext(count) : default;
            return isThere;
        }
    }

    public bool TryTake(int count, out byte[] data)
    {
        using (_gate.Enter())
        {
            var isThere = IsAtRest && Buffer.Length >= count && count > 0;
            data = isThere ? TakeNext(count) : [];
            return isThere;
        }
    }

    private int LineLength()
    {
        var index = Buffer.IndexOf("\n"u8);
        return index <= _stream.Limit ? index + 1 : 0;
    }

    private ReadOnlyMemory<byte> LendNext(int count)
    {
        Buffer.EndLoan();
        return Buffer.Lend(count);
    }

    private byte[] TakeNext(int count)
    {
        Buffer.EndLoan();
        return Buffer.Take(count);
    }
}
