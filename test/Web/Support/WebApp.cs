using System.Net;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Kestrel.Streams.Tests;

/// <summary>A web application on its own Kestrel, at a free port or on a Unix socket.</summary>
internal sealed class WebApp : IAsyncDisposable
{
    private readonly WebApplication _app;

    private WebApp(WebApplication app, Complaints complaints) => (_app, Complaints) = (app, complaints);

    /// <summary>What was logged as a warning or worse by the application, and as an error by the framework.</summary>
    public Complaints Complaints { get; }

    public int Port => new Uri(_app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First()).Port;

    public static async Task<WebApp> StartAsync(
        Action<WebApplication> map, Action<IServiceCollection>? services = null, Action<ListenOptions>? listen = null, string? unixPath = null)
    {
        var complaints = new Complaints();
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.Logging.AddProvider(complaints);
        builder.Services.AddRoutingCore();
        services?.Invoke(builder.Services);
        builder.WebHost.UseKestrelCore().UseKestrelHttpsConfiguration().ConfigureKestrel(kestrel =>
        {
            if (unixPath is null) kestrel.Listen(IPAddress.Loopback, 0, listen ?? (static _ => { }));
            else kestrel.ListenUnixSocket(unixPath, listen ?? (static _ => { }));
        });
        var app = builder.Build();
        map(app);
        await app.StartAsync().Within();
        return new WebApp(app, complaints);
    }

    /// <summary>With one handler at /stream.</summary>
    public static Task<WebApp> ServeAsync(Func<ConnectionStream, CancellationToken, Task> serve) => StartAsync(
        static app => app.MapStreamHandler<ScriptedHandler>("/stream"), services => services.AddSingleton(new ScriptedHandler(serve)));

    public Uri Uri(string path = "/stream", string scheme = "ws") => new($"{scheme}://localhost:{Port}{path}");

    public Task<ConnectionStream> ConnectAsync(string path = "/stream") => StreamClient.ConnectWebSocketAsync(Uri(path)).Within();

    public Task StopAsync() => _app.StopAsync().Within();

    public async ValueTask DisposeAsync() => await _app.DisposeAsync().Within();
}

/// <summary>Keeps the errors that are logged.</summary>
internal sealed class Complaints : ILoggerProvider, ILogger
{
    private readonly Lock _gate = new();
    private readonly List<string> _errors = [];

    public IReadOnlyList<string> Errors
    {
        get
        {
            lock (_gate) return [.. _errors];
        }
    }

    public ILogger CreateLogger(string categoryName) => this;

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => logLevel >= LogLevel.Error;

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        lock (_gate)
        {
            if (IsEnabled(logLevel)) _errors.Add($"{formatter(state, exception)} {exception}");
        }
    }

    public void Dispose()
    {
    }
}

/// <summary>Serves as the test says; one for all connections.</summary>
public sealed class ScriptedHandler(Func<ConnectionStream, CancellationToken, Task> serve) : StreamHandler
{
    protected override Task HandleAsync(ConnectionStream stream, CancellationToken stopping) => serve(stream, stopping);
}

/// <summary>Sends back what comes, as it comes.</summary>
public sealed class EchoHandler : StreamHandler
{
    protected override Task HandleAsync(ConnectionStream stream, CancellationToken stopping) => Talk.EchoAsync(stream);
}

internal static class Talk
{
    public static async Task EchoAsync(ConnectionStream stream)
    {
        while (await stream.ReadAsync(65536) is { Length: > 0 } some) await stream.WriteAsync(some);
    }

    public static async Task HearsItselfAsync(this ConnectionStream client, string text = "hello")
    {
        await client.WriteAsync(text).Within();
        Assert.Equal(text, Encoding.UTF8.GetString(await client.ReadExactlyAsync(text.Length).Within()));
    }

    public static Task<string?> HearLineAsync(this ConnectionStream client) => client.ReadLineAsync(Encoding.UTF8).Within();

    public static async Task<string> HearAllAsync(this ConnectionStream client) =>
        Encoding.UTF8.GetString(await client.ReadToEndAsync().Within());
}
