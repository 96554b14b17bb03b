using System.Threading.RateLimiting;
using Microsoft.Extensions.Options;

namespace Kestrel.Streams.Samples.WebHost.Chat;

/// <summary>One user: lines in, lines out. It is the same over TCP, TLS, a Unix socket and a WebSocket; one instance serves them all.</summary>
internal sealed class ChatHandler(ChatRooms rooms, ChatMeter meter, IOptions<ChatOptions> options) : StreamHandler(_buffers), IDisposable
{
    // Lines for a slow reader wait in his outbox and not in the stream.
    private static readonly ConnectionStreamOptions _buffers = new()
    {
        Limit = ChatText.LongestLine,
        HighWaterMark = 16 * 1024,
        LowWaterMark = 4 * 1024,
        CloseTimeout = TimeSpan.FromSeconds(5),
    };

    private const string Help =
        "/nick NAME, /join ROOM, /who, /msg NAME TEXT, /quit. Everything else is said in the room; a line that begins with // is said with one.";

    // One timer for all connections, and nothing for one that is quiet.
    private readonly PartitionedRateLimiter<string> _pace = PartitionedRateLimiter.Create<string, string>(id =>
        RateLimitPartition.GetTokenBucketLimiter(id, _ => new TokenBucketRateLimiterOptions
        {
            TokenLimit = options.Value.Burst,
            TokensPerPeriod = options.Value.LinesPerSecond,
            ReplenishmentPeriod = TimeSpan.FromSeconds(1),
            QueueLimit = 1,
        }));

    protected override async Task HandleAsync(ConnectionStream stream, CancellationToken stopping)
    {
        using var session = rooms.Enter(stream);
        var sending = session.SendAsync();
        try
        {
            session.Tell($"Welcome, {session.Name}. /nick gives you a name of your own, /help tells the rest.");
            await rooms.JoinAsync(session, "lobby");
            await TalkAsync(stream, session);
            session.End(stopping.IsCancellationRequested ? "The server stops. Come back." : "Goodbye.");
        }
        catch (OperationCanceledException) when (session.Over.IsCancellationRequested)
        {
            // Somebody else has ended it, and told it why.
        }
        catch (IOException idle) when (idle.InnerException is TimeoutException)
        {
            session.End("You were silent for too long. Come back.");
        }
        finally
        {
            session.End();
            await rooms.LeaveAsync(session);
            await sending;
        }
    }

    /// <summary>Takes line after line until there are no more.</summary>
    private async Task TalkAsync(ConnectionStream stream, ChatSession session)
    {
        while (true)
        {
            try
            {
                // What has come is taken before the end is heeded.
                if (!stream.TryBorrowLine(out var line)) line = await stream.BorrowLineAsync(session.Over);
                if (line.IsEmpty) return;
                if (!ChatText.TryRead(line.Span, out var text)) Refuse(session, "not_utf8", "That was not UTF-8, and nobody got it.");
                await KeepPaceAsync(session);
                if (text is "/quit") return;
                if (text is { Length: > 0 }) await ObeyAsync(session, text);
            }
            catch (LimitOverrunException tooLong)
            {
                Refuse(session, "too_long", $"A line may have {tooLong.Limit} bytes: that one was longer, and nobody got it.");
                await KeepPaceAsync(session);
                await stream.SkipLineAsync(session.Over);
            }
        }
    }

    /// <summary>Whoever sends too fast is read more slowly, and so held back by the network; nothing is dropped.</summary>
    private async ValueTask KeepPaceAsync(ChatSession session)
    {
        using var now = _pace.AttemptAcquire(session.Id);
        if (!now.IsAcquired)
        {
            if (!session.IsHeldBack) Refuse(session, "too_fast", $"You send faster than {options.Value.LinesPerSecond} lines a second: yours are taken at that pace now.");
            using var later = await _pace.AcquireAsync(session.Id, cancellationToken: session.Over);
        }

        session.IsHeldBack = !now.IsAcquired;
    }

    private async ValueTask ObeyAsync(ChatSession session, string line)
    {
        var words = line.Split(' ', 3, StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        switch (words)
        {
            case ["/nick", var name]:
                await RenameAsync(session, name);
                break;
            case ["/join", var room] when ChatText.IsName(room.TrimStart('#')):
                await rooms.JoinAsync(session, room.TrimStart('#'));
                break;
            case ["/join", ..]:
                Refuse(session, "bad_name", $"A room has a name of {ChatText.NameRule}: /join ROOM.");
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
            case [['/', not '/', ..], ..] or ["/"]:
                session.Tell($"There is no such command here. {Help}");
                break;
            default:
                if (!await rooms.SayAsync(session, line.StartsWith("//", StringComparison.Ordinal) ? line[1..] : line)) TellCutOff(session);
                break;
        }
    }

    private async ValueTask RenameAsync(ChatSession session, string name)
    {
        if (!ChatText.IsName(name) || ChatText.IsReserved(name))
        {
            Refuse(session, "bad_name", $"A name is {ChatText.NameRule}, and not that of a guest: /nick NAME.");
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
        Refuse(session, "cut_off", "Nobody got that: this node is cut off from the others. Try again.");

    private void Refuse(ChatSession session, string reason, string told)
    {
        meter.Refused(reason);
        session.Tell(told);
    }

    public void Dispose() => _pace.Dispose();
}
