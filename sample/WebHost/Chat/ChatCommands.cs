namespace Kestrel.Streams.Samples.WebHost.Chat;

/// <summary>What the lines of a user mean.</summary>
internal sealed class ChatCommands(ChatRooms rooms)
{
    private const string Help =
        "/nick NAME, /join ROOM, /who, /msg NAME TEXT, /quit. Everything else is said in the room; a line that begins with // is said with one.";

    /// <summary>Does what a line says: it is a command, or said in the room.</summary>
    public async ValueTask ObeyAsync(ChatSession session, string line)
    {
        var words = line.Split(' ', 3, StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        switch (words)
        {
            case ["/nick", var name]:
                await RenameAsync(session, name);
                break;
            case ["/join", var room] when string.Equals(room.TrimStart('#'), session.Room, StringComparison.OrdinalIgnoreCase):
                session.Tell($"You are in {session.Room} already.");
                break;
            case ["/join", var room] when ChatText.IsName(room.TrimStart('#')):
                await rooms.JoinAsync(session, room.TrimStart('#'));
                break;
            case ["/join", _]:
                session.Refuse("bad_name", $"A room has a name of {ChatText.NameRule}: /join ROOM.");
                break;
            case ["/who"]:
                var (names, count) = rooms.Who(session.Room);
                session.Tell($"{count} in {session.Room}: {string.Join(", ", names)}{(count > names.Count ? " and others" : "")}");
                break;
            case ["/msg", var to, var text]:
                await WhisperAsync(session, to, text);
                break;
            case ["/help"]:
                session.Tell(Help);
                break;
            case [var command, ..] when UsageOf(command) is { } usage:
                session.Tell($"Usage: {usage}");
                break;
            case [['/', not '/', ..], ..] or ["/"]:
                session.Tell($"There is no such command here. {Help}");
                break;
            default:
                if (!await rooms.SayAsync(session, line.StartsWith("//", StringComparison.Ordinal) ? line[1..] : line)) TellCutOff(session);
                break;
        }
    }

    /// <summary>How a command is written; null when there is none of that name.</summary>
    private static string? UsageOf(string command) => command switch
    {
        "/nick" => "/nick NAME",
        "/join" => "/join ROOM",
        "/msg" => "/msg NAME TEXT",
        "/who" or "/quit" or "/help" => command,
        _ => null,
    };

    private async ValueTask RenameAsync(ChatSession session, string name)
    {
        if (!ChatText.IsName(name) || ChatText.IsReserved(name))
        {
            session.Refuse("bad_name", $"A name is {ChatText.NameRule}, and not that of a guest: /nick NAME.");
            return;
        }

        session.Tell(await rooms.RenameAsync(session, name) switch
        {
            NameClaim.Granted => $"You are {name} now.",
            NameClaim.Taken => $"{name} is taken.",
            _ => "Nobody can tell at the moment whether that name is free: this node is cut off from the others. Try again.",
        });
    }

    private async ValueTask WhisperAsync(ChatSession session, string to, string text)
    {
        switch (await rooms.WhisperAsync(session, to, text))
        {
            case true: session.Show($"you -> {to}: {text}"); break;
            case false: TellCutOff(session); break;
            default: session.Tell($"There is nobody of that name here: {to}"); break;
        }
    }

    private void TellCutOff(ChatSession session) =>
        session.Refuse("cut_off", "Nobody got that: this node is cut off from the others. Try again.");
}
