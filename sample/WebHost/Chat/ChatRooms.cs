using System.Text;
using Microsoft.Extensions.Options;

namespace Kestrel.Streams.Samples.WebHost.Chat;

/// <summary>The rooms as the users of this node see them. What they do goes to the backplane; what comes from there is shown to them.</summary>
internal sealed partial class ChatRooms(ChatBackplane backplane, IOptions<ChatOptions> options, TimeProvider time, ChatMeter meter)
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

        await TellOfAsync(new Joined(session.NextStamp(backplane.Node), session.Name, room), session.Cut);
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
        // First, so that whoever hears of it may have that name.
        if (!same) await ReleaseAsync(before);
        await TellOfAsync(new Renamed(session.NextStamp(backplane.Node), name), session.Cut);
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

        await ReleaseAsync(session.Name);
        await TellOfAsync(new Left(session.NextStamp(backplane.Node)), CancellationToken.None);
    }

    /// <summary>Who comes and goes is known here also while nobody else can be told; they are, when this node hears of them again.</summary>
    private async ValueTask TellOfAsync(ChatEvent happened, CancellationToken cut)
    {
        if (await backplane.PublishAsync(happened, cut)) return;
        // Not noted as heard: what the same user did before may still be on its way.
        lock (_gate)
        {
            Apply(happened);
            if (happened is Left) _seen.Forget((happened.Stamp.Node, happened.Stamp.Sender));
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

    private void LeaveRoom(ChatSession session)
    {
        if (!_rooms.TryGetValue(session.Room, out var members)) return;
        members.Remove(session);
        if (members.Count == 0) _rooms.Remove(session.Room);
    }
}
