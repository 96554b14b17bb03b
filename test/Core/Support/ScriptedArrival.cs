namespace Kestrel.Streams.Tests;

/// <summary>What a receive brings: bytes, the end where there are none, or an error. The last two stay for later receives.</summary>
internal sealed class ScriptedArrival(byte[] data, Exception? error)
{
    private ReadOnlyMemory<byte> _data = data;

    public Task<int> TakeAsync(Memory<byte> buffer, int portion, LinkedList<ScriptedArrival> arrivals)
    {
        if (error is not null) return Task.FromException<int>(error);
        var count = Math.Min(Math.Min(buffer.Length, _data.Length), portion);
        _data.Span[..count].CopyTo(buffer.Span);
        _data = _data[count..];
        if (count > 0 && _data.IsEmpty) arrivals.Remove(this);
        return Task.FromResult(count);
    }
}
