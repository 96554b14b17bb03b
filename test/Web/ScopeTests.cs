using System.Collections.Concurrent;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Connections;
using Microsoft.Extensions.DependencyInjection;

namespace Kestrel.Streams.Tests;

/// <summary>Each connection has a handler and a scope of its own, at a path and on an endpoint.</summary>
public class ScopeTests
{
    public static TheoryData<bool> Both => new(false, true);

    [Theory]
    [MemberData(nameof(Both))]
    public async Task A_handler_that_is_not_registered_is_made_for_each_connection_and_disposed_with_it(bool webSocket)
    {
        var life = new Life();
        await using var app = await StartAsync(webSocket, services => services.AddSingleton(life).AddScoped<Session>());

        foreach (var name in new[] { "first", "second" })
        {
            await using (var client = await ConnectAsync(webSocket, app)) await client.HearsItselfAsync(name);
            await life.SessionEnds.WaitAsync(TestContext.Current.CancellationToken).Within();
        }

        await app.StopAsync();
        Assert.Equal(2, life.Handlers.Distinct().Count());
        Assert.Equal(2, life.Sessions.Distinct().Count());
        Assert.Equal(["handler", "session", "handler", "session"], life.Disposed);
    }

    [Theory]
    [MemberData(nameof(Both))]
    public async Task A_handler_that_is_registered_comes_from_the_scope_which_disposes_it(bool webSocket)
    {
        var life = new Life();
        await using var app = await StartAsync(
            webSocket, services => services.AddSingleton(life).AddScoped<Session>().AddScoped<ScopedHandler>());

        await using (var client = await ConnectAsync(webSocket, app)) await client.HearsItselfAsync();

        await app.StopAsync();
        Assert.Single(life.Handlers);
        Assert.Equal(["handler", "session"], life.Disposed);
    }

    private static Task<WebApp> StartAsync(bool webSocket, Action<IServiceCollection> services) => webSocket
        ? WebApp.StartAsync(static app => app.MapStreamHandler<ScopedHandler>("/stream"), services)
        : WebApp.StartAsync(static _ => { }, services, static listen => listen.UseStreamHandler<ScopedHandler>());

    private static Task<ConnectionStream> ConnectAsync(bool webSocket, WebApp app) =>
        webSocket ? app.ConnectAsync() : StreamClient.ConnectAsync("127.0.0.1", app.Port).Within();

    private sealed class Life
    {
        public ConcurrentQueue<object> Handlers { get; } = [];

        public ConcurrentQueue<object> Sessions { get; } = [];

        public ConcurrentQueue<string> Disposed { get; } = [];

        public SemaphoreSlim SessionEnds { get; } = new(0);
    }

    private sealed class Session(Life life) : IDisposable
    {
        public void Dispose()
        {
            life.Disposed.Enqueue("session");
            life.SessionEnds.Release();
        }
    }

    private sealed class ScopedHandler(Life life, Session session) : StreamHandler, IAsyncDisposable
    {
        public ValueTask DisposeAsync()
        {
            life.Disposed.Enqueue("handler");
            return ValueTask.CompletedTask;
        }

        protected override Task HandleAsync(ConnectionStream stream, CancellationToken stopping)
        {
            life.Handlers.Enqueue(this);
            life.Sessions.Enqueue(session);
            return Talk.EchoAsync(stream);
        }
    }
}
