namespace Kestrel.Streams.Samples.WebHost.Chat;

/// <summary>The last lines of the rooms in which something was said last: whoever makes rooms without end makes no node grow.</summary>
/// <remarks>Whoever uses it has a lock.</remarks>
internal sealed class ChatHistory(ChatOptions options)
{
    /// <summary>Rooms of which lines are kept.</summary>
    public const int MostRooms = 256;

    private readonly Dictionary<string, Queue<Said>> _rooms = new(StringComparer.OrdinalIgnoreCase);

    public void Add(Said line)
    {
        if (!_rooms.TryGetValue(line.Room, out var lines))
        {
            if (_rooms.Count == MostRooms) _rooms.Remove(_rooms.MinBy(static room => room.Value.Last().Stamp.At).Key);
            _rooms.Add(line.Room, lines = new());
        }

        lines.Enqueue(line);
        if (lines.Count > options.HistoryLines) lines.Dequeue();
    }

    /// <summary>What is kept of a room, the oldest line first.</summary>
    public IReadOnlyList<Said> Of(string room) => _rooms.TryGetValue(room, out var lines) ? [.. lines] : [];
}
