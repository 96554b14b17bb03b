using System.Text;

namespace Kestrel.Streams.Samples.WebHost.Chat;

/// <content>What the backplane tells: what happens in the chat, here and on other nodes, and what becomes of these.</content>
internal sealed partial class ChatRooms : IChatNode
{
    public IReadOnlyList<ChatUser> Users
    {
        get
        {
            lock (_gate) return [.. _sessions.Values.Where(static session => session.Room.Length > 0).Select(session => new ChatUser(backplane.Node, session.Id, session.Name, session.Room))];
        }
    }

    public void Receive(ChatEvent happened)
    {
        lock (_gate)
        {
            if (_seen.Note(happened)) Apply(happened);
        }
    }

    public void ReceiveUsers(string node, IReadOnlyList<ChatUser> users)
    {
        lock (_gate)
        {
            var now = users.ToHashSet();
            foreach (var gone in _presence.Of(node).Where(user => !now.Contains(user)))
            {
                _presence.Remove(gone);
                if (users.Any(user => user.Sender == gone.Sender)) continue;
                _seen.Forget((gone.Node, gone.Sender));
                Announce(gone.Room, $"{gone.Name} has left");
            }

            foreach (var user in users) _presence.Put(user);
        }
    }

    public void ReceiveLoss(string node)
    {
        lock (_gate)
        {
            foreach (var room in _presence.Of(node).GroupBy(static user => user.Room, StringComparer.OrdinalIgnoreCase))
            {
                foreach (var user in room)
                {
                    _presence.Remove(user);
                    _seen.Forget((user.Node, user.Sender));
                }

                Announce(room.Key, $"The node {node} is lost, and with it {string.Join(", ", room.Take(10).Select(static user => user.Name))}{(room.Count() > 10 ? " and others" : "")}");
            }
        }
    }

    public void ReceiveNameLoss(string name)
    {
        lock (_gate)
        {
            _sessions.Values.FirstOrDefault(session => string.Equals(session.Name, name, StringComparison.OrdinalIgnoreCase))
                ?.End($"Somebody else has taken the name {name} while this node was cut off from the others. Come back under another one.");
        }
    }

    public void ReceiveTrouble(string? trouble)
    {
        lock (_gate)
        {
            foreach (var session in _sessions.Values) session.Tell(trouble is null ? "This node hears of the others again." : TroubleText(trouble));
        }
    }

    private void Apply(ChatEvent happened)
    {
        var user = _presence.Find(happened.Stamp);
        switch (happened)
        {
            case Said line:
                ShowLine(line);
                break;
            case Whispered whisper:
                if (_presence.TryFind(whisper.To, out var to) && to.Node == backplane.Node && _sessions.TryGetValue(to.Sender, out var session))
                    session.Show(Encoding.UTF8.GetBytes($"{whisper.Name} -> you: {whisper.Text}\n"), whisper.Stamp.At);
                break;
            case Joined joined:
                if (user is not null && !string.Equals(user.Room, joined.Room, StringComparison.OrdinalIgnoreCase)) Announce(user.Room, $"{user.Name} has left for {joined.Room}", except: user.Sender);
                _presence.Put(new ChatUser(joined.Stamp.Node, joined.Stamp.Sender, joined.Name, joined.Room));
                Announce(joined.Room, $"{joined.Name} is here", except: joined.Stamp.Sender);
                break;
            case Renamed renamed when user is not null:
                _presence.Put(user with { Name = renamed.Name });
                Announce(user.Room, $"{user.Name} is {renamed.Name} now", except: user.Sender);
                break;
            case Left when user is not null:
                _presence.Remove(user);
                Announce(user.Room, $"{user.Name} has left");
                break;
        }
    }

    private void ShowLine(Said line)
    {
        if (!_rooms.TryGetValue(line.Room, out var members)) return;
        var bytes = Encoding.UTF8.GetBytes(Format(line));
        foreach (var session in members)
        {
            if (session.Held is { } held) held.Add(line);
            else session.Show(bytes, line.Stamp.At);
        }
    }

    private void Announce(string room, string text, string? except = null)
    {
        if (!_rooms.TryGetValue(room, out var members)) return;
        var bytes = Encoding.UTF8.GetBytes($"* {text}\n");
        foreach (var session in members)
        {
            if (session.Id != except) session.Show(bytes);
        }
    }
}
