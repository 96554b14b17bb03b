using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Connections.Features;

namespace Kestrel.Streams.Tests;

/// <summary>What middleware sees of a connection, on our own listener and on Kestrel's.</summary>
public class ConnectionFeatureTests
{
    private readonly LogCapture _log = new();

    public static TheoryData<bool> OwnAndStock => new(false, true);

    [Theory]
    [MemberData(nameof(OwnAndStock))]
    public Task The_features_of_a_connection_are_there(bool stock) => LookAsync(stock, connection =>
    {
        Assert.Equal(connection.ConnectionId, connection.Features.Get<IConnectionIdFeature>()!.ConnectionId);
        Assert.NotNull(connection.Features.Get<IConnectionTransportFeature>());
        Assert.NotNull(connection.Features.Get<IConnectionItemsFeature>());
        Assert.NotNull(connection.Features.Get<IConnectionLifetimeFeature>());
        Assert.NotNull(connection.Features.Get<IConnectionLifetimeNotificationFeature>());
        // Kestrel's own has none.
        if (!stock) Assert.Equal(connection.RemoteEndPoint, connection.Features.Get<IConnectionEndPointFeature>()!.RemoteEndPoint);
        Assert.True(connection.Features.Get<IConnectionSocketFeature>()!.Socket.Connected);
        Assert.Null(connection.Features.Get<ITlsHandshakeFeature>());
    });

    [Theory]
    [MemberData(nameof(OwnAndStock))]
    public Task One_can_be_added_and_taken_away(bool stock) => LookAsync(stock, static connection =>
    {
        var features = connection.Features;
        var revision = features.Revision;

        features.Set(new Note("added"));
        Assert.Equal("added", features.Get<Note>()!.Text);
        Assert.NotEqual(revision, features.Revision);
        Assert.Contains(typeof(Note), features.Select(static feature => feature.Key));

        features.Set<Note>(null);
        Assert.Null(features.Get<Note>());
        Assert.DoesNotContain(typeof(Note), features.Select(static feature => feature.Key));
    });

    [Theory]
    [MemberData(nameof(OwnAndStock))]
    public Task One_of_the_connection_can_be_replaced_and_taken_away(bool stock) => LookAsync(stock, static connection =>
    {
        var features = connection.Features;
        var own = features.Get<IConnectionIdFeature>();
        var other = new OtherId { ConnectionId = "other" };

        features.Set<IConnectionIdFeature>(other);
        Assert.Same(other, features[typeof(IConnectionIdFeature)]);
        Assert.Same(other, Assert.Single(features, static feature => feature.Key == typeof(IConnectionIdFeature)).Value);

        features.Set<IConnectionIdFeature>(null);
        Assert.Null(features.Get<IConnectionIdFeature>());
        Assert.DoesNotContain(typeof(IConnectionIdFeature), features.Select(static feature => feature.Key));

        features.Set(own);
        Assert.Same(own, features.Get<IConnectionIdFeature>());
    });

    [Theory]
    [MemberData(nameof(OwnAndStock))]
    public Task Each_is_listed_once(bool stock) => LookAsync(stock, static connection =>
    {
        var types = connection.Features.Select(static feature => feature.Key).ToList();

        Assert.Contains(typeof(IConnectionIdFeature), types);
        Assert.Contains(typeof(IConnectionLifetimeNotificationFeature), types);
        Assert.Equal(types.Distinct(), types);
    });

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Closed_fires_when_the_connection_is_over_whenever_it_is_asked_for(bool before)
    {
        var over = new TaskCompletionSource<ConnectionContext>(TaskCreationOptions.RunContinuationsAsynchronously);
        CancellationToken closed = default;
        await using (var server = await OwnListener.StartAsync((stream, _) => Talk.EchoAsync(stream), _log, next => async connection =>
        {
            if (before) closed = connection.ConnectionClosed;
            await next(connection);
            over.SetResult(connection);
        }))
        {
            await using var client = await server.ConnectAsync();
            await client.HearsItselfAsync();
            Assert.False(closed.IsCancellationRequested);
            await client.CloseAsync().AsTask().Within();
            await over.Task.Within();
            await server.StopAsync();
        }

        if (!before) closed = (await over.Task).ConnectionClosed;
        Assert.True(closed.IsCancellationRequested);
    }

    [Fact]
    public async Task What_is_accepted_sends_without_delay()
    {
        var noDelay = new TaskCompletionSource<bool>(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var server = new StreamServer(
            stream =>
            {
                noDelay.SetResult(stream.Socket!.NoDelay);
                return Task.CompletedTask;
            },
            "127.0.0.1");
        await server.StartServingAsync().Within();
        await using var client = await StreamClient.ConnectAsync(server.EndPoints[0]).Within();

        Assert.True(await noDelay.Task.Within());
    }

    private async Task LookAsync(bool stock, Action<ConnectionContext> look)
    {
        var looked = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        Func<ConnectionDelegate, ConnectionDelegate> middleware = next => connection =>
        {
            try
            {
                look(connection);
                looked.SetResult();
            }
            catch (Exception e)
            {
                looked.SetException(e);
            }

            return next(connection);
        };
        await using IMiddlewareServer server = stock
            ? await StockKestrel.StartAsync(unix: false, (stream, _) => Talk.EchoAsync(stream), _log, listen => listen.Use(middleware))
            : await OwnListener.StartAsync((stream, _) => Talk.EchoAsync(stream), _log, middleware);
        await using var client = await server.ConnectAsync();

        await looked.Task.Within();
    }

    private sealed record Note(string Text);

    private sealed class OtherId : IConnectionIdFeature
    {
        public string ConnectionId { get; set; } = "";
    }
}
