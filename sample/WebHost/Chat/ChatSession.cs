using System.Net.Sockets;
using System.Text;
using System.Threading.Channels;

namespace Kestrel.Streams.Samples.WebHost.Chat;

/// <summary>One connection: who it is, and the lines that wait for it. Whoever has something to tell it never waits.</summary>
internal sealed class ChatSession : IDisposable
{
    // How long somebody who goes, or is sent away, may take to read what waits; the close of the stream has its own time.
    private static readonly TimeSpan _patience = TimeSpan.FromSeconds(5);

    // How long the last word to a slow reader is waited for; it leaves with the close then.
    private static readonly TimeSpan _farewell = TimeSpan.FromSeconds(1);

    private readonly ConnectionStream _stream;
    private readonly TimeProvider _time;
    private readonly ChatMeter _meter;
    private readonly long _limit;
    private readonly Channel<Line> _outbox = Channel.CreateUnbounded<Line>(new UnboundedChannelOptions { SingleReader = true });
    private readonly CancellationTokenSource _over = new();
    private readonly CancellationTokenSource _cut;
    private long _waiting;
    private bool _isTooSlow;
    private long _sequence;

    public ChatSession(ConnectionStream stream, string name, ChatOptions options, TimeProvider time, ChatMeter meter)
    {
        (_stream, _time, _meter, _limit, Name) = (stream, time, meter, options.OutboxBytes, name);
        _cut = new CancellationTokenSource(Timeout.InfiniteTimeSpan, time);
        Transport = TransportOf(stream);
        _meter.Users.Add(1, ChatMeter.Transport(Transport));
    }

    public string Id => _stream.Id;

    public string Transport { get; }

    public string Name { get; set; }

    public string Room { get; set; } = "";

    /// <summary>Lines of the room that wait until its history was shown; null when it was.</summary>
    public List<Said>? Held { get; set; }

    /// <summary>Whether it was told that it sends too fast: that is told once.</summary>
    public bool KnowsThePace { get; set; }

    /// <summary>Fires when somebody else has ended it: nothing is read any more.</summary>
    public CancellationToken Over => _over.Token;

    /// <summary>Fires when it is given up: nothing is sent any more either.</summary>
    public CancellationToken Cut => _cut.Token;

    /// <summary>The mark of what it does next.</summary>
    public ChatStamp NextStamp(string node) => new(node, Id, ++_sequence, _time.GetUtcNow());

    /// <summary>Something from the chat itself. Nobody's name begins with a star.</summary>
    public void Tell(string text) => Show(Encoding.UTF8.GetBytes($"* {text}\n"));

    /// <summary>Counts a line that is not taken as it came, and says why, unless that was said before.</summary>
    public void Refuse(string reason, string? told)
    {
        _meter.Refused(reason);
        if (told is not null) Tell(told);
    }

    /// <summary>A line as it is.</summary>
    public void Show(string line) => Show(Encoding.UTF8.GetBytes(line + "\n"));

    /// <summary>Lines as they are; the time is that at which one of a user was taken.</summary>
    public void Show(byte[] lines, DateTimeOffset? taken = null)
    {
        if (Interlocked.Read(ref _waiting) <= _limit)
        {
            var line = new Line(lines, taken);
            Interlocked.Add(ref _waiting, line.Size);
            _outbox.Writer.TryWrite(line);
            return;
        }

        if (!_outbox.Writer.TryComplete()) return;
        _isTooSlow = true;
        _meter.SlowReaders.Add(1, ChatMeter.Transport(Transport));
        // Not on this thread, which has the rooms locked; and in this order, so that whoever sees the second knows of the first.
        _ = _over.CancelAsync();
        _ = _cut.CancelAsync();
    }

    /// <summary>Ends it with a last line. What waits is sent before, if it is read in time.</summary>
    public void End(string? lastLine = null)
    {
        if (lastLine is not null) Tell(lastLine);
        if (!_outbox.Writer.TryComplete()) return;
        _cut.CancelAfter(_patience);
        _ = _over.CancelAsync();
    }

    /// <summary>Sends the lines that wait, as they come, until there will be no more.</summary>
    public async Task SendAsync()
    {
        try
        {
            while (await _outbox.Reader.WaitToReadAsync(Cut))
            {
                var (lines, oldest) = (0, default(DateTimeOffset?));
                while (_outbox.Reader.TryRead(out var line))
                {
                    _stream.Write(line.Bytes);
                    if (line.Taken is not null) lines++;
                    oldest ??= line.Taken;
                    await _stream.DrainAsync(Cut);
                    Interlocked.Add(ref _waiting, -line.Size);
                }

                await _stream.FlushAsync(Cut);
                _meter.Deliveries.Add(lines);
                if (oldest is { } taken) _meter.Latency.Record(Math.Max(0, (_time.GetUtcNow() - taken).TotalSeconds));
            }
        }
        catch (OperationCanceledException) when (_cut.IsCancellationRequested)
        {
            // What had waited is dropped. The last of it is in the history of the room.
            if (_isTooSlow) await PartAsync();
        }
    }

    /// <summary>Tells a slow reader why it ends, behind what the stream has already; not with a write that keeps the thread until there is room.</summary>
    private async Task PartAsync()
    {
        using var limit = new CancellationTokenSource(_farewell, _time);
        await _stream.WriteAsync("* You read too slowly, and too much waited for you. Come back: the room has kept the last lines.\n"u8, limit.Token)
            .AsTask().ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    public void Dispose()
    {
        _meter.Users.Add(-1, ChatMeter.Transport(Transport));
        _over.Dispose();
        _cut.Dispose();
    }

    private static string TransportOf(ConnectionStream stream) =>
        stream.GetExtraInfo("httpcontext") is not null ? "WebSocket"
        : stream.Tls is not null ? "TLS"
        : stream.Socket?.AddressFamily == AddressFamily.Unix ? "Unix"
        : "TCP";

    private readonly record struct Line(byte[] Bytes, DateTimeOffset? Taken)
    {
        /// <summary>What it takes of the memory: its bytes, and about as much as an array and a place in the queue are beside them.</summary>
        public int Size => Bytes.Length + 64;
    }
}
