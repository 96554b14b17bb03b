namespace Kestrel.Streams.Samples.RespServer;

/// <summary>A list that grows at both ends: two lists, back to back.</summary>
internal sealed class TwoEndedList
{
    private readonly List<byte[]> _head = [];
    private readonly List<byte[]> _tail = [];

    public int Count => _head.Count + _tail.Count;

    public byte[] this[int index] => index < _head.Count ? _head[^(index + 1)] : _tail[index - _head.Count];

    public void AddFirst(byte[] item) => _head.Add(item);

    public void AddLast(byte[] item) => _tail.Add(item);
}
