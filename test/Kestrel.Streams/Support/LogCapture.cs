using Microsoft.Extensions.Logging;

namespace Kestrel.Streams.Tests;

internal sealed record LogEntry(LogLevel Level, string Category, string Message, Exception? Error);

/// <summary>Keeps what is logged, of every level.</summary>
internal sealed class LogCapture : ILoggerProvider
{
    private const string ServerCategory = "Kestrel.Streams.Server";

    private readonly Lock _gate = new();
    private readonly List<LogEntry> _entries = [];
    private readonly List<(Func<LogEntry, bool> Wanted, Signal<LogEntry> Found)> _waiters = [];

    public LogCapture() => Factory = LoggerFactory.Create(logging => logging.SetMinimumLevel(LogLevel.Trace).AddProvider(this));

    public ILoggerFactory Factory { get; }

    public IReadOnlyList<LogEntry> OfServer => [.. All.Where(static entry => entry.Category == ServerCategory)];

    /// <summary>What an operator would be alarmed by. Kestrel's own warnings tell of a slow machine, not of a fault.</summary>
    public IReadOnlyList<LogEntry> Complaints =>
        [.. All.Where(static entry => entry.Level >= (entry.Category == ServerCategory ? LogLevel.Warning : LogLevel.Error))];

    public IReadOnlyList<LogEntry> All
    {
        get
        {
            lock (_gate) return [.. _entries];
        }
    }

    /// <summary>The first entry that is wanted, now or later.</summary>
    public Task<LogEntry> FirstAsync(Func<LogEntry, bool> wanted)
    {
        lock (_gate)
        {
            if (_entries.Find(entry => wanted(entry)) is { } there) return Task.FromResult(there);
            var found = new Signal<LogEntry>();
            _waiters.Add((wanted, found));
            return found.Task;
        }
    }

    /// <summary>Waits until so many messages of the server have these words, now or later.</summary>
    public Task TimesAsync(int times, string words)
    {
        var seen = 0;
        return FirstAsync(entry => entry.Category == ServerCategory && entry.Message.Contains(words, StringComparison.Ordinal) && ++seen == times);
    }

    public ILogger CreateLogger(string categoryName) => new Logger(this, categoryName);

    public void Dispose()
    {
    }

    private void Add(LogEntry entry)
    {
        lock (_gate)
        {
            _entries.Add(entry);
            foreach (var (wanted, found) in _waiters)
            {
                if (wanted(entry)) found.Set(entry);
            }
        }
    }

    private sealed class Logger(LogCapture capture, string category) : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(
            LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            capture.Add(new LogEntry(logLevel, category, formatter(state, exception), exception));
    }
}
