using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;

namespace Kestrel.Streams.Tests;

/// <summary>Every text that any provider could write of what is logged: messages, the values in them, exceptions to their ends, and scopes.</summary>
internal sealed class TraceOfAll : ILoggerProvider, ISupportExternalScope
{
    private readonly ConcurrentQueue<(string Category, string Kind, string Text)> _all = [];
    private IExternalScopeProvider _scopes = new LoggerExternalScopeProvider();

    public TraceOfAll() => Factory = LoggerFactory.Create(logging => logging.SetMinimumLevel(LogLevel.Trace).AddProvider(this));

    public ILoggerFactory Factory { get; }

    public IReadOnlyCollection<(string Category, string Kind, string Text)> All => _all;

    /// <summary>The messages of a category.</summary>
    public IReadOnlyList<string> MessagesOf(string category) => [.. _all.Where(entry => entry.Category == category && entry.Kind == "message").Select(static entry => entry.Text)];

    public void SetScopeProvider(IExternalScopeProvider scopeProvider) => _scopes = scopeProvider;

    public ILogger CreateLogger(string categoryName) => new Logger(this, categoryName);

    public void Dispose()
    {
    }

    private void Add(string category, string kind, object? value)
    {
        if (value is Exception error) _all.Enqueue((category, "exception", error.ToString()));
        else _all.Enqueue((category, kind, value?.ToString() ?? ""));
        if (value is not IEnumerable<KeyValuePair<string, object?>> pairs) return;
        foreach (var (name, one) in pairs)
        {
            if (name != "{OriginalFormat}") _all.Enqueue((category, $"{kind}, its {name}", one?.ToString() ?? ""));
        }
    }

    private sealed class Logger(TraceOfAll trace, string category) : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => trace._scopes.Push(state);

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(
            LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            trace.Add(category, "message", formatter(state, exception));
            trace.Add(category, "state", state);
            if (exception is not null) trace.Add(category, "exception", exception);
            trace._scopes.ForEachScope(static (scope, all) => all.trace.Add(all.category, "scope", scope), (trace, category));
        }
    }
}
