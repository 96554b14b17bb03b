using System.Threading.RateLimiting;
using Microsoft.Extensions.Options;

namespace Kestrel.Streams.Samples.WebHost.Chat;

/// <summary>One user: lines in, lines out. It is the same over TCP, TLS, a Unix socket and a WebSocket; one instance serves them all.</summary>
internal sealed class ChatHandler(ChatRooms rooms, ChatCommands commands, IOptions<ChatOptions> options) : StreamHandler(_buffers), IDisposable
{
    // Lines for a slow reader wait in his outbox and not in the stream.
    private static readonly ConnectionStreamOptions _buffers = new()
    {
        Limit = ChatText.LongestLine,
        HighWaterMark = 16 * 1024,
        LowWaterMark = 4 * 1024,
    };

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
            if (rooms.IsOpen) await rooms.JoinAsync(session, "lobby");
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
                if (!ChatText.TryRead(line.Span, out var text)) session.Refuse("not_utf8", "That was not UTF-8, and nobody got it.");
                await KeepPaceAsync(session);
                if (text is "/quit") return;
                if (text is { Length: > 0 }) await commands.ObeyAsync(session, text);
            }
            catch (LimitOverrunException tooLong)
            {
                session.Refuse("too_long", $"A line may have {tooLong.Limit} bytes: that one was longer, and nobody got it.");
                await KeepPaceAsync(session);
                await stream.SkipLineAsync(session.Over);
            }
        }
    }

    /// <summary>Whoever sends too fast is read more slowly, and so held back by the network; nothing is dropped.</summary>
    private async ValueTask KeepPaceAsync(ChatSession session)
    {
        using var now = _pace.AttemptAcquire(session.Id);
        if (now.IsAcquired) return;
        session.Refuse("too_fast", session.KnowsThePace ? null : $"You send faster than {options.Value.LinesPerSecond} lines a second: yours are taken at that pace.");
        session.KnowsThePace = true;
        using var later = await _pace.AcquireAsync(session.Id, cancellationToken: session.Over);
    }

    public void Dispose() => _pace.Dispose();
}
