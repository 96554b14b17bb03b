using System.Buffers;

namespace Kestrel.Streams;

/// <summary>
/// One contiguous pooled block of received bytes, so that a line is always one piece of memory. Not thread-safe: its owner sees to that.
/// </summary>
internal sealed class ReceiveBuffer
{
    private static readonly byte[] _newLine = [(byte)'\n'];

    private readonly ArrayPool<byte> _pool = BlockPool.Current;
    private byte[]? _block;
    private int _start;
    private int _end;

    // A block that was outgrown while a part of it was lent: it goes back to the pool when the loan ends.
    private byte[]? _outgrown;
    private bool _lent;

    // The last search that found nothing: a line that comes byte by byte is looked at once, not once for each byte.
    private byte[] _soughtSeparator = _newLine;
    private int _soughtTo;

    /// <summary>The number of unread bytes.</summary>
    public int Length => _end - _start;

    /// <summary>Whether it holds a block of the pool.</summary>
    public bool HasBlock => _block is not null;

    public ReadOnlySpan<byte> Unread => _block.AsSpan(_start, Length);

    /// <summary>Finds the separator in the unread bytes: its place from their start, or -1.</summary>
    public int IndexOf(ReadOnlySpan<byte> separator)
    {
        var from = separator.SequenceEqual(_soughtSeparator) ? _soughtTo : 0;
        var index = Unread[from..].IndexOf(separator);
        if (index >= 0) return from + index;
        if (!separator.SequenceEqual(_soughtSeparator)) _soughtSeparator = separator.ToArray();
        _soughtTo = Math.Max(0, Length - separator.Length + 1);
        return -1;
    }

    /// <summary>
    /// Makes room behind the unread bytes: at least one byte, <paramref name="wanted"/> where that keeps the whole under
    /// <paramref name="capacity"/>.
    /// </summary>
    public Memory<byte> MakeRoom(int wanted, int capacity)
    {
        var room = Math.Max(1, Math.Min(wanted, capacity - Length));
        if (_block is null)
        {
            _block = _pool.Rent(room);
            _start = _end = 0;
        }
        else if (_block.Length - _end < room)
        {
            if (!_lent && _block.Length - Length >= room) MoveToFront();
            else Grow(Length + room);
        }

        return _block.AsMemory(_end, Math.Min(_block.Length - _end, Math.Max(room, capacity - Length)));
    }

    /// <summary>Tells that so many bytes have been received into the room.</summary>
    public void Commit(int count) => _end += count;

    /// <summary>Puts bytes behind the unread ones that were received elsewhere.</summary>
    public void Append(ReadOnlySpan<byte> data) => Insert(Length, data);

    /// <summary>Puts bytes that were received elsewhere behind the first so many unread ones. Nobody may be filling the room.</summary>
    public void Insert(int index, ReadOnlySpan<byte> data)
    {
        if (data.IsEmpty) return;
        MakeRoom(data.Length, Length + data.Length);
        var at = _block.AsSpan(_start + index);
        at[..(Length - index)].CopyTo(at[data.Length..]);
        data.CopyTo(at);
        Commit(data.Length);
    }

    public void Consume(int count)
    {
        _start += count;
        _soughtTo = Math.Max(0, _soughtTo - count);
    }

    /// <summary>Takes bytes out as an array of their own.</summary>
    public byte[] Take(int count)
    {
        var taken = Unread[..count].ToArray();
        Consume(count);
        return taken;
    }

    /// <summary>Consumes bytes that stay in place until <see cref="EndLoan"/>.</summary>
    public ReadOnlyMemory<byte> Lend(int count)
    {
        var lent = _block.AsMemory(_start, count);
        _lent |= count > 0;
        Consume(count);
        return lent;
    }

    /// <summary>What was lent is not looked at any more.</summary>
    public void EndLoan()
    {
        if (!_lent) return;
        _lent = false;
        if (_outgrown is null) return;
        _pool.Return(_outgrown);
        _outgrown = null;
    }

    /// <summary>Gives the block back when there is nothing in it: an idle connection holds none.</summary>
    public void ReleaseIfEmpty()
    {
        if (_block is null || Length > 0 || _lent) return;
        _pool.Return(_block);
        Forget();
    }

    /// <summary>
    /// Drops everything. A block that is lent goes to the garbage collector and not to the pool: somebody may still be looking at it.
    /// </summary>
    public void Release()
    {
        // What is lent is the outgrown block, where there is one.
        if (_block is not null && (!_lent || _outgrown is not null)) _pool.Return(_block);
        _outgrown = null;
        Forget();
    }

    private void Forget()
    {
        _block = null;
        _start = _end = _soughtTo = 0;
    }

    private void MoveToFront()
    {
        Unread.CopyTo(_block);
        _end -= _start;
        _start = 0;
    }

    private void Grow(int capacity)
    {
        // Doubling keeps the copying of a line that comes in many pieces linear.
        var grown = _pool.Rent(Math.Max(capacity, (int)Math.Min(2L * Length, Array.MaxLength)));
        Unread.CopyTo(grown);
        if (_lent && _outgrown is null) _outgrown = _block;
        else _pool.Return(_block!);
        _end -= _start;
        _start = 0;
        _block = grown;
    }
}
