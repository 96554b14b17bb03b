using System.Buffers;
using System.Numerics;

namespace Kestrel.Streams.Tests;

/// <summary>
/// A pool that looks after its blocks: each is poisoned when it goes out and when it comes back, must be unharmed when it goes out again, and
/// must come back once. What is wrong is noted, not thrown, because the code under test turns exceptions into outcomes.
/// </summary>
/// <remarks>The block that came back last goes out first, so that whoever still uses it is soon seen.</remarks>
internal sealed class WatchedPool : ArrayPool<byte>
{
    /// <summary>What is in a block that goes out: nothing that anybody may count on.</summary>
    public const byte Fresh = 0xF5;

    /// <summary>What is in a block that has come back: nobody may write there, and what is read there is wrong.</summary>
    public const byte Stale = 0xDE;

    private static readonly bool _traces = Environment.GetEnvironmentVariable("RACES_TRACE") is { Length: > 0 };

    private readonly Lock _gate = new();
    private readonly Dictionary<int, Stack<byte[]>> _free = [];
    private readonly Dictionary<byte[], string> _rented = new(ReferenceEqualityComparer.Instance as IEqualityComparer<byte[]>);
    private readonly HashSet<byte[]> _own = new(ReferenceEqualityComparer.Instance as IEqualityComparer<byte[]>);
    private readonly List<string> _faults = [];
    private long _rents;
    private long _givenUp;

    /// <summary>The one of the process.</summary>
    public static WatchedPool Instance { get; } = new();

    /// <summary>How many blocks are out.</summary>
    public int Out
    {
        get
        {
            lock (_gate) return _rented.Count;
        }
    }

    /// <summary>How many blocks have ever gone out.</summary>
    public long Rents => Interlocked.Read(ref _rents);

    /// <summary>How many were given up on purpose.</summary>
    public long GivenUp => Interlocked.Read(ref _givenUp);

    public override byte[] Rent(int minimumLength)
    {
        var size = (int)BitOperations.RoundUpToPowerOf2((uint)Math.Max(minimumLength, 16));
        byte[]? block;
        lock (_gate)
        {
            if (!FreeOf(size).TryPop(out block)) _own.Add(block = new byte[size]);
            else Look(block);
            _rented.Add(block, _traces ? Environment.StackTrace : "");
            _rents++;
        }

        block.AsSpan().Fill(Fresh);
        return block;
    }

    public override void Return(byte[] array, bool clearArray = false)
    {
        lock (_gate)
        {
            if (!_rented.Remove(array))
            {
                _faults.Add($"A block of {array.Length} bytes came back that {(_own.Contains(array) ? "had come back before" : "is not of this pool")}: {Environment.StackTrace}");
                return;
            }
        }

        array.AsSpan().Fill(Stale);
        lock (_gate) FreeOf(array.Length).Push(array);
    }

    /// <summary>This block will not come back: it was lent when its stream was closed, and goes to the garbage collector.</summary>
    /// <returns>Whether it was out.</returns>
    public bool GiveUp(byte[] block)
    {
        lock (_gate)
        {
            if (!_rented.Remove(block)) return false;
            _own.Remove(block);
            _givenUp++;
            return true;
        }
    }

    /// <summary>Whether it is out now.</summary>
    public bool IsOut(byte[] block)
    {
        lock (_gate) return _rented.ContainsKey(block);
    }

    /// <summary>All that was wrong since the last time, and is now: also with the blocks that nobody has wanted since.</summary>
    public IReadOnlyList<string> TakeFaults()
    {
        lock (_gate)
        {
            foreach (var block in _free.Values.SelectMany(static free => free)) Look(block);
            string[] faults = [.. _faults];
            _faults.Clear();
            return faults;
        }
    }

    /// <summary>What is out, for a message; the next test begins with none.</summary>
    public string TakeOut()
    {
        lock (_gate)
        {
            var text = string.Join(Environment.NewLine, _rented.Select(static pair => $"{pair.Key.Length} bytes, begins with {Convert.ToHexString(pair.Key.AsSpan(0, 16))} {pair.Value}"));
            foreach (var block in _rented.Keys) _own.Remove(block);
            _rented.Clear();
            return text;
        }
    }

    private Stack<byte[]> FreeOf(int size)
    {
        if (!_free.TryGetValue(size, out var free)) _free.Add(size, free = new());
        return free;
    }

    private void Look(byte[] block)
    {
        var at = block.AsSpan().IndexOfAnyExcept(Stale);
        if (at < 0) return;
        _faults.Add($"Somebody has written at {at} of a block of {block.Length} bytes after it had come back: {Convert.ToHexString(block.AsSpan(at, Math.Min(32, block.Length - at)))}");
        block.AsSpan().Fill(Stale);
    }
}
