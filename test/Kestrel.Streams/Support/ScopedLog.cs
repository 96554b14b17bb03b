using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;

namespace Kestrel.Streams.Tests;

/// <summary>Keeps what is logged with the names and values of its scopes, as a provider that writes JSON sees them.</summary>
internal sealed class ScopedLog : ILoggerProvider, ISupportExternalScope
{
    private readonly ConcurrentQueue<(string Message, Dictionary<string, object?> Scope)> _all = [];
    private IExternalScopeProvider _scopes = new LoggerExternalScopeProvider();

    public ScopedLog() => Factory = LoggerFactory.Create(logging => logging.SetMinimumLevel(LogLevel.Trace).AddProvider(this));

    public ILoggerFactory Factory { get; }

    /// <summary>What was around the only message of this beginning.</summary>
    public Dictionary<string, object?> ScopeOf(string beginning) =>
        Assert.Single(_all, entry => entry.Message.StartsWith(beginning, StringComparison.Ordinal)).Scope;

    public void SetScopeProvider(IExternalScopeProvider scopeProvider) => _scopes = scopeProvider;

    public ILogger CreateLogger(string categoryName) => new Logger(this);

    public void Dispose()
    {
    }

    private sealed class Logger(ScopedLog log) : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => log._scopes.Push(state);

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(
            LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            var scope = new Dictionary<string, object?>(StringComparer.Ordinal);
            log._scopes.ForEachScope(
                static (part, all) =>
                {
                    if (part is not IEnumerable<KeyValuePair<string, object?>> pairs) return;
                    foreach (var (name, value) in pairs) all[name] = value;
                },
                scope);
            log._all.Enqueue((formatter(state, exception), scope));
        }
    }
}
