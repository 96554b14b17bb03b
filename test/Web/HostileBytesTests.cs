using System.Collections.Concurrent;
using System.Net.WebSockets;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Kestrel.Streams.Tests;

/// <summary>What a hostile client sends over a WebSocket is in no log of the application, down to Trace, whatever goes wrong.</summary>
public sealed class HostileBytesTests
{
    private const string Mark = "zq7Mark";

    private static readonly byte[] _bytes = [.. Encoding.UTF8.GetBytes($"{Mark}\n\u001b[31m\r{{0}}\u2028"), 0, 0xFF, 0xC3, 0x28];

    [Theory]
    [InlineData("a count that ends within", WebSocketMessageType.Binary)]
    [InlineData("ends within", WebSocketMessageType.Binary)]
    [InlineData("no text", WebSocketMessageType.Binary)]
    [InlineData("gone", WebSocketMessageType.Binary)]
    [InlineData("ends within", WebSocketMessageType.Text)]
    public async Task No_byte_of_a_WebSocket_is_logged(string failure, WebSocketMessageType type)
    {
        var (trace, ended) = (new Trace(), new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously));
        await using (var app = await WebApp.StartAsync(
            static app => app.MapStreamHandler<ScriptedHandler>("/stream"),
            services => services.AddSingleton<ILoggerProvider>(trace).Configure<LoggerFilterOptions>(static filter => filter.MinLevel = LogLevel.Trace).AddSingleton(new ScriptedHandler(async (stream, _) =>
            {
                try
                {
                    await ReadAsync(stream, failure);
                }
                finally
                {
                    ended.SetResult();
                }
            }))))
        {
            using var client = new ClientWebSocket();
            await client.ConnectAsync(app.Uri(), CancellationToken.None).Within();
            await AttackAsync(client, failure, type);
            await ended.Task.Within();
            await app.StopAsync();
        }

        Assert.NotEmpty(trace.All);
        Assert.DoesNotContain(trace.All, static text => text.Contains(Mark, StringComparison.OrdinalIgnoreCase));
    }

    private static async Task AttackAsync(ClientWebSocket client, string failure, WebSocketMessageType type)
    {
        try
        {
            for (var i = 0; i < 10; i++) await client.SendAsync(_bytes, type, endOfMessage: true, CancellationToken.None).Within();
            if (failure == "gone") client.Abort();
            else await client.CloseOutputAsync(WebSocketCloseStatus.PolicyViolation, $"{Mark}\n\u001b[31m", CancellationToken.None).Within();
        }
        catch (WebSocketException)
        {
            // The server has had enough of it already.
        }
    }

    private static async Task ReadAsync(ConnectionStream stream, string failure)
    {
        if (failure == "a count that ends within") await stream.ReadExactlyAsync(ConnectionStream.DefaultLimit);
        if (failure == "no text") while (await stream.ReadLineAsync(new UTF8Encoding(false, throwOnInvalidBytes: true)) is not null) continue;
        await stream.ReadUntilAsync("never"u8);
    }

    private sealed class Trace : ILoggerProvider, ILogger
    {
        private readonly ConcurrentQueue<string> _all = [];

        public IReadOnlyCollection<string> All => _all;

        public ILogger CreateLogger(string categoryName) => this;

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            _all.Enqueue($"{formatter(state, exception)} {exception}");

        public void Dispose()
        {
        }
    }
}
