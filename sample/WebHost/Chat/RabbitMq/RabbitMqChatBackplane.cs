using System.Text.Json;
using Microsoft.Extensions.Options;
using Polly;

namespace Kestrel.Streams.Samples.WebHost.Chat.RabbitMq;

/// <summary>
/// A chat of many nodes around a RabbitMQ broker. What happens is written into one log and read from there by every node, the one that wrote it
/// included: all nodes see the same things in the same order, a node that comes reads what was said before, and one that was cut off goes on where
/// it had read to.
/// </summary>
internal sealed class RabbitMqChatBackplane : ChatBackplane
{
    // A start waits so long for the broker, and a stop for what it has not confirmed.
    private static readonly TimeSpan _patience = TimeSpan.FromSeconds(5);

    private readonly ChatOptions _options;
    private readonly TimeProvider _time;
    private readonly ILogger<RabbitMqChatBackplane> _logger;
    private readonly Uri _broker;
    private readonly EntryMark _self;
    private readonly Outbox _outbox;
    private readonly ResiliencePipeline _reconnect;
    private readonly CancellationTokenSource _stop = new();
    private readonly TaskCompletionSource _hasRead = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private LogReader? _log;
    private Task _running = Task.CompletedTask;
    private long? _next;
    private long _progress;

    public RabbitMqChatBackplane(IOptions<ChatOptions> options, TimeProvider time, ILogger<RabbitMqChatBackplane> logger)
    {
        (_options, _time, _logger) = (options.Value, time, logger);
        _broker = new Uri(_options.Backplane);
        _self = new EntryMark(_options.Node, Guid.NewGuid().ToString("N"), 0);
        _outbox = new Outbox(_self.Node, _self.Run, _options.BufferLines);
        _reconnect = Reconnect.Pipeline(time, reason => _logger.CannotConnect(_broker.Host, _broker.Port, reason));
    }

    public override string Node => _options.Node;

    public override string? Trouble => _log?.Trouble;

    private LogReader Log => _log ?? throw new InvalidOperationException("The backplane is not started: call StartAsync first.");

    public override async Task StartAsync(IChatNode node, CancellationToken cancellationToken)
    {
        _log = new LogReader(_self, node, _outbox, _options, _time);
        _running = RunAsync(_log, _stop.Token);
        await Task.WhenAny(_hasRead.Task, Task.Delay(_patience, _time, cancellationToken));
    }

    public override ValueTask<bool> PublishAsync(ChatEvent happened, CancellationToken cancellationToken) =>
        _outbox.OfferAsync(mark => new Happened(mark, happened), cancellationToken);

    public override ValueTask<IReadOnlyList<Said>> HistoryAsync(string room, CancellationToken cancellationToken) => new(Log.History(room));

    public override ValueTask<NameClaim> ClaimAsync(string name, CancellationToken cancellationToken) => Log.ClaimAsync(name, cancellationToken);

    public override async ValueTask ReleaseAsync(string name) =>
        await _outbox.OfferAsync(mark => new NameReleased(mark, name), CancellationToken.None);

    public override async ValueTask DisposeAsync()
    {
        using var patience = new CancellationTokenSource(_patience, _time);
        await _outbox.FlushAsync(patience.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await _stop.CancelAsync();
        // Why it has ended before, if it has, was told then.
        await _running.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (_outbox.Count is > 0 and var count) _logger.Unconfirmed(count, _broker.Host, _broker.Port);
        _stop.Dispose();
    }

    /// <summary>One connection after the other, until the node stops.</summary>
    private async Task RunAsync(LogReader log, CancellationToken stop)
    {
        while (!stop.IsCancellationRequested)
        {
            try
            {
                await using var link = await _reconnect.ExecuteAsync(async token => await RabbitMqLink.OpenAsync(_broker, Node, token), stop);
                var reason = await UseAsync(link, log, stop);
                _logger.CutOff(_broker.Host, _broker.Port, reason);
            }
            catch (OperationCanceledException) when (stop.IsCancellationRequested)
            {
                return;
            }
            catch (Exception error) when (!stop.IsCancellationRequested)
            {
                _logger.Ended(error);
                throw;
            }
        }
    }

    /// <summary>Works with a connection to its end, and tells why it ended.</summary>
    private async Task<string> UseAsync(RabbitMqLink link, LogReader log, CancellationToken stop)
    {
        using var over = CancellationTokenSource.CreateLinkedTokenSource(stop);
        _outbox.Begin();
        log.Hello();
        Task[] work = [ReadAsync(link, log, over.Token), link.WriteAsync(_outbox, over.Token), WatchAsync(link, log, over.Token)];
        var ended = await Task.WhenAny([link.End, .. work]);
        await over.CancelAsync();
        _outbox.CutOff();
        if (!stop.IsCancellationRequested) log.CutOff();
        await Task.WhenAll(work).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        stop.ThrowIfCancellationRequested();
        return ended == link.End ? await link.End : ended.Exception?.InnerException?.Message ?? "it was given up";
    }

    private async Task ReadAsync(RabbitMqLink link, LogReader log, CancellationToken over)
    {
        await link.ReadAsync(_next, Take, over);
        await Task.Delay(Timeout.InfiniteTimeSpan, over);

        void Take(long offset, ReadOnlyMemory<byte> entry)
        {
            // What a connection that is given up still delivers comes once more.
            if (over.IsCancellationRequested) return;
            _next = offset + 1;
            Interlocked.Exchange(ref _progress, _time.GetTimestamp());
            try
            {
                log.Take(LogEntry.Parse(entry.Span));
                if (log.Trouble is null) _hasRead.TrySetResult();
            }
            catch (JsonException strange)
            {
                _logger.StrangeEntry(offset, strange.Message);
            }
        }
    }

    /// <summary>Tells the others that this node lives, and sees who does not: another node, or the broker.</summary>
    private async Task WatchAsync(RabbitMqLink link, LogReader log, CancellationToken over)
    {
        var (limit, beaten) = (_options.NodeTimeout, _time.GetTimestamp());
        _progress = beaten;
        await link.HearAsync(Node, Hear, over);
        using var beat = new PeriodicTimer(limit / 4, _time);
        do
        {
            await link.BeatAsync(Node, over).AsTask().WaitAsync(limit, _time, over);
            log.Watch();
            // A broker that is full, or stuck, has an open connection and takes nothing from it.
            if (_time.GetElapsedTime(Interlocked.Read(ref beaten)) > limit) throw new IOException($"It has taken nothing for {limit}.");
            if (log.Trouble is null || _time.GetElapsedTime(Interlocked.Read(ref _progress)) <= limit) continue;
            // A broker that has lost its data counts from zero again, and never gets to where this node has read to.
            _next = null;
            throw new IOException($"Nothing of the log has come for {limit}: it is read from its beginning.");
        }
        while (await beat.WaitForNextTickAsync(over));

        void Hear(string node)
        {
            if (node == Node) Interlocked.Exchange(ref beaten, _time.GetTimestamp());
            log.Hear(node);
        }
    }
}
