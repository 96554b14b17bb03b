using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Console;

namespace Kestrel.Streams;

/// <summary>
/// Where a server logs: the user's factory, or else warnings and errors on standard error, as asyncio does it; a handler that fails
/// must not fail in silence.
/// </summary>
internal sealed class ServerLog(ILoggerFactory? given)
{
    private readonly Lock _gate = new();
    private ILoggerFactory? _own;
    private ILogger? _logger;

    public ILoggerFactory Factory
    {
        get
        {
            if (given is not null) return given;
            lock (_gate) return _own ??= CreateOwn();
        }
    }

    public ILogger Logger
    {
        get
        {
            var factory = Factory;
            lock (_gate) return _logger ??= factory.CreateLogger("Kestrel.Streams.Server");
        }
    }

    /// <summary>Writes out what our own factory holds. The next use makes another one.</summary>
    public void Close()
    {
        ILoggerFactory? own;
        lock (_gate)
        {
            own = _own;
            if (own is null) return;
            _own = null;
            _logger = null;
        }

        own.Dispose();
    }

    private static ILoggerFactory CreateOwn() => LoggerFactory.Create(logging => logging
        .SetMinimumLevel(LogLevel.Warning)
        .AddSimpleConsole(console => console.SingleLine = true)
        .Services.Configure<ConsoleLoggerOptions>(console => console.LogToStandardErrorThreshold = LogLevel.Trace)
        // It does not write them, and to hold Kestrel's and ours cost 240 bytes for each connection.
        .Configure<LoggerFilterOptions>(static filter => filter.CaptureScopes = false));
}
