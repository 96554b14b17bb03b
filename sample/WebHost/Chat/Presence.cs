using System.Diagnostics.CodeAnalysis;

namespace Kestrel.Streams.Samples.WebHost.Chat;

/// <summary>Who is in the chat, on all nodes, and where.</summary>
/// <remarks>Whoever uses it has a lock.</remarks>
internal sealed class Presence
{
    private readonly Dictionary<(string Node, string Sender), ChatUser> _users = [];
    private readonly Dictionary<string, ChatUser> _byName = new(StringComparer.OrdinalIgnoreCase);
    private readonly Dictionary<string, HashSet<ChatUser>> _byRoom = new(StringComparer.OrdinalIgnoreCase);

    public int Count => _users.Count;

    public ChatUser? Find(ChatStamp stamp) => _users.GetValueOrDefault((stamp.Node, stamp.Sender));

    public bool TryFind(string name, [NotNullWhen(true)] out ChatUser? user) => _byName.TryGetValue(name, out user);

    public IReadOnlyCollection<ChatUser> In(string room) => _byRoom.TryGetValue(room, out var users) ? users : [];

    public IReadOnlyList<ChatUser> Of(string node) => [.. _users.Values.Where(user => user.Node == node)];

    /// <summary>Adds a user, or changes the name or the room of one who is there.</summary>
    public void Put(ChatUser user)
    {
        if (_users.TryGetValue((user.Node, user.Sender), out var before)) Remove(before);
        _users.Add((user.Node, user.Sender), user);
        _byName[user.Name] = user;
        if (!_byRoom.TryGetValue(user.Room, out var room)) _byRoom.Add(user.Room, room = []);
        room.Add(user);
    }

    public void Remove(ChatUser user)
    {
        _users.Remove((user.Node, user.Sender));
        // The name may be somebody else's by now.
        if (_byName.TryGetValue(user.Name, out var named) && named == user) _byName.Remove(user.Name);
        if (!_byRoom.TryGetValue(user.Room, out var room)) return;
        room.Remove(user);
        if (room.Count == 0) _byRoom.Remove(user.Room);
    }
}
