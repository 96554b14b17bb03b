using System.Text;
using Microsoft.Extensions.Options;

namespace Kestrel.Streams.Samples.WebHost.Chat;

/// <summary>The rooms as the users of this node see them. What they do goes to the backplane; what comes from there is shown to them.</summary>
internal sealed class ChatRooms(ChatBackplane backplane, IOptions<ChatOptions> options, TimeProvider time, ChatMeter meter) : IChatNode
{
    private const string Closed = "This node is drained. Connect again, and another one takes you.";

    private readonly Lock _gate = new();
    private readonly Dictionary<string, ChatSession> _sessions = [];
    private readonly Dictionary<string, HashSet<ChatSession>> _rooms = new(StringComparer.OrdinalIgnoreCase);
    private readonly Presence _presence = new();
    private readonly SeenEvents _seen = new();
    private int _guests;

    /// <summary>Whether connections are let in.</summary>
    public bool IsOpen { get; private set; } = true;

    public IReadOnlyList<ChatUser> Users
    {
        get
        {
            lock (_gate) return [.. _sessions.Values.Where(static session => session.Room.Length > 0).Select(session => new ChatUser(backplane.Node, session.Id, session.Name, session.Room))];
        }
    }

    /// <summary>How many users there are on all nodes.</summary>
    public int UserCount
    {
        get
        {
            lock (_gate) return _presence.Count;
        }
    }

    /// <summary>Begins a connection, as a guest with a name that nobody else can have.</summary>
    public ChatSession Enter(ConnectionStream stream)
    {
        var guest = $"guest-{backplane.Node}-{Interlocked.Increment(ref _guests)}";
        var session = new ChatSession(stream, guest, options.Value, time, meter);
        lock (_gate)
        {
            _sessions.Add(session.Id, session);
            if (backplane.Trouble is { } trouble) session.Tell(TroubleText(trouble));
            if (!IsOpen) session.End(Closed);
        }

        return session;
    }

    /// <summary>Ends all connections, and those that come, each with a word.</summary>
    public void Close()
    {
        lock (_gate)
        {
            IsOpen = false;
            foreach (var session in _sessions.Values) session.End(Closed);
        }
    }

    /// <summary>Lets connections in again.</summary>
    public void Open()
    {
        lock (_gate) IsOpen = true;
    }

    public async Task JoinAsync(ChatSession session, string room)
    {
        lock (_gate)
        {
            LeaveRoom(session);
            (session.Room, session.Held) = (room, []);
            if (!_rooms.TryGetValue(room, out var members)) _rooms.Add(room, members = []);
            members.Add(session);
        }

        await backplane.PublishAsync(new Joined(session.NextStamp(backplane.Node), session.Name, room), session.Cut);
        var history = await backplane.HistoryAsync(room, session.Cut);
        lock (_gate)
        {
            // What was said meanwhile may be in the history already.
            var known = history.Select(static line => line.Stamp).ToHashSet();
            var lines = history.Concat(session.Held!.Where(line => !known.Contains(line.Stamp))).ToList();
            session.Held = null;
            session.Show(Encoding.UTF8.GetBytes(
                $"* You are in {room}. /who tells who else is; {lines.Count} earlier {(lines.Count == 1 ? "line" : "lines")}{(lines.Count == 0 ? "." : ":")}\n"
                + string.Concat(lines.Select(Format))));
        }
    }

    /// <summary>False when nobody hears it.</summary>
    public ValueTask<bool> SayAsync(ChatSession session, string text) =>
        PublishAsync(new Said(session.NextStamp(backplane.Node), session.Name, session.Room, text), session.Cut);

    /// <summary>False when nobody hears it; null when there is nobody of that name.</summary>
    public async ValueTask<bool?> WhisperAsync(ChatSession session, string to, string text)
    {
        lock (_gate)
        {
            if (!_presence.TryFind(to, out _)) return null;
        }

        return await PublishAsync(new Whispered(session.NextStamp(backplane.Node), session.Name, to, text), session.Cut);
    }

    public async ValueTask<NameClaim> RenameAsync(ChatSession session, string name)
    {
        var before = session.Name;
        var same = string.Equals(before, name, StringComparison.OrdinalIgnoreCase);
        if (!same && await backplane.ClaimAsync(name, session.Cut) is not NameClaim.Granted and var refusal) return refusal;
        lock (_gate) session.Name = name;
        await backplane.PublishAsync(new Renamed(session.NextStamp(backplane.Node), name), session.Cut);
        if (!same) await ReleaseAsync(before);
        return NameClaim.Granted;
    }

    /// <summary>Who is in a room, on all nodes: at most a hundred names, and how many there are.</summary>
    public (IReadOnlyList<string> Names, int Count) Who(string room)
    {
        lock (_gate)
        {
            var users = _presence.In(room);
            return ([.. users.Take(100).Select(static user => user.Name).Order(StringComparer.OrdinalIgnoreCase)], users.Count);
        }
    }

    public async Task LeaveAsync(ChatSession session)
    {
        lock (_gate)
        {
            LeaveRoom(session);
            _sessions.Remove(session.Id);
        }

        await backplane.PublishAsync(new Left(session.NextStamp(backplane.Node)), CancellationToken.None);
        await ReleaseAsync(session.Name);
    }

    public void Receive(ChatEvent happened)
    {
        lock (_gate)
        {
            if (!_seen.Note(happened)) return;
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
                    if (user is not null) Announce(user.Room, $"{user.Name} has left for {joined.Room}", except: user.Sender);
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
    }

    public void ReceiveUsers(string node, IReadOnlyList<ChatUser> users)
    {
        lock (_gate)
        {
            var now = users.ToHashSet();
            foreach (var gone in _presence.Of(node).Where(user => !now.Contains(user)))
            {
                _presence.Remove(gone);
                if (!users.Any(user => user.Sender == gone.Sender)) Announce(gone.Room, $"{gone.Name} has left");
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

    private async ValueTask<bool> PublishAsync(ChatEvent line, CancellationToken cut)
    {
        var isTold = await backplane.PublishAsync(line, cut);
        if (isTold) meter.Lines.Add(1);
        return isTold;
    }

    private ValueTask ReleaseAsync(string name) => ChatText.IsGuest(name) ? ValueTask.CompletedTask : backplane.ReleaseAsync(name);

    private static string TroubleText(string trouble) => $"This node is cut off from the others: {trouble}.";

    private static string Format(Said line) => $"{line.Name}: {line.Text}\n";

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

    private void LeaveRoom(ChatSession session)
    {
        if (!_rooms.TryGetValue(session.Room, out var members)) return;
        members.Remove(session);
        if (members.Count == 0) _rooms.Remove(session.Room);
    }
}
