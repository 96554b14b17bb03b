using System.Net;
using Microsoft.Extensions.DependencyInjection;

namespace Kestrel.Streams.Tests;

/// <summary>Handlers in memory, as a server has them.</summary>
public class StreamHandlerHostTests
{
    [Fact]
    public async Task A_handler_is_served_with_services_and_its_stream_is_closed_when_it_returns()
    {
        var log = new Log();
        await using var host = new StreamHandlerHost<GreetingHandler>(services => services.AddScoped<Visit>().AddSingleton(log));
        await using var connection = host.Connect(new StreamPairOptions { ClientEndPoint = new DnsEndPoint("client.example", 7) });

        await connection.Peer.SendAsync("Ada\n");
        await connection.Peer.ExpectLineAsync("Hello, Ada of Unspecified/client.example:7!");
        await connection.Peer.SendEofAsync();
        await connection.Peer.ExpectEofAsync();
        await connection.Completion.Within();

        Assert.Equal(["made", "disposed", "visit over"], log.Lines);
        Assert.Same(log, host.Services.GetRequiredService<Log>());
    }

    [Fact]
    public async Task Each_connection_has_a_handler_and_a_scope_of_its_own()
    {
        var log = new Log();
        await using var host = new StreamHandlerHost<GreetingHandler>(services => services.AddScoped<Visit>().AddSingleton(log));
        var connections = Enumerable.Range(0, 3).Select(_ => host.Connect(new StreamPairOptions { ToServer = { Cuts = Cuts.EveryByte } })).ToList();
        foreach (var connection in connections) await connection.Peer.SendAsync("you\n");
        foreach (var connection in connections) await connection.Peer.ExpectLineAsync("Hello, you of !");
        foreach (var connection in connections) await connection.DisposeAsync();

        Assert.Equal(3, log.Lines.Count(static line => line == "made"));
        Assert.Equal(3, log.Lines.Count(static line => line == "visit over"));
    }

    [Fact]
    public async Task A_handler_that_fails_resets_its_client_which_knows_why()
    {
        await using var host = new StreamHandlerHost<DelegateHandler>(Serving(static async (stream, _) =>
        {
            await stream.WriteAsync("begun\n");
            await stream.ReadLineAsync();
            throw new InvalidDataException("no such thing");
        }));
        await using var connection = host.Connect();
        await connection.Peer.ExpectLineAsync("begun");
        await connection.Peer.SendAsync("go\n");

        var error = await Assert.ThrowsAsync<ScriptedPeerException>(() => connection.Peer.ExpectLineAsync("done"));
        Assert.Equal("no such thing", Assert.IsType<InvalidDataException>(error.InnerException).Message);
        Assert.Contains("sent \"go\\n\"", error.Message, StringComparison.Ordinal);
        await Assert.ThrowsAsync<InvalidDataException>(() => connection.Completion.Within());
        await Assert.ThrowsAsync<InvalidDataException>(() => host.StopAsync().Within());
    }

    [Fact]
    public async Task A_handler_that_cannot_be_made_is_a_failure_of_the_connection()
    {
        await using var host = new StreamHandlerHost<GreetingHandler>();
        await using var connection = host.Connect();
        await connection.Peer.ExpectResetAsync();
        await Assert.ThrowsAsync<InvalidOperationException>(() => connection.Completion.Within());
    }

    [Fact]
    public async Task A_client_that_breaks_off_is_no_failure()
    {
        await using var host = new StreamHandlerHost<DelegateHandler>(Serving(static async (stream, _) => await stream.ReadLineAsync()));
        await using var connection = host.Connect(new StreamPairOptions { ToServer = { Fault = WireFault.ResetAfter(3) } });
        await connection.Peer.SendAsync("hello\n");
        await connection.Completion.Within();
    }

    [Fact]
    public async Task A_stop_fires_the_token_ends_the_input_and_waits_for_the_last_answer()
    {
        await using var host = new StreamHandlerHost<DelegateHandler>(Serving(static async (stream, stopping) =>
        {
            await stream.WriteAsync("220 ready\n", CancellationToken.None);
            await stream.ReadToEndAsync(cancellationToken: CancellationToken.None);
            await stream.WriteAsync($"421 {stopping.IsCancellationRequested}\n", CancellationToken.None);
        }));
        await using var connection = host.Connect();
        await connection.Peer.ExpectLineAsync("220 ready");

        var stopped = host.StopAsync();
        await connection.Peer.ExpectLineAsync("421 True");
        await connection.Peer.ExpectEofAsync();
        await stopped.Within();
        await host.StopAsync().Within();
        Assert.Throws<InvalidOperationException>(() => host.Connect());
    }

    [Fact]
    public async Task A_stop_need_not_be_waited_for()
    {
        var goOn = new TaskCompletionSource();
        await using var host = new StreamHandlerHost<DelegateHandler>(Serving((_, _) => goOn.Task));
        await using var connection = host.Connect();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => host.StopAsync(new CancellationToken(canceled: true)).Within());
        Assert.False(connection.Completion.IsCompleted);
        goOn.SetResult();
        await connection.Completion.Within();
    }

    [Fact]
    public async Task Disposing_ends_what_is_left()
    {
        var host = new StreamHandlerHost<DelegateHandler>(Serving(static (stream, _) => stream.ReadToEndAsync().AsTask()));
        var connection = host.Connect();
        await connection.Peer.SendAsync("hello");
        await host.DisposeAsync().Within();
        Assert.True(connection.Completion.IsCompletedSuccessfully);
        await host.DisposeAsync().Within();
    }

    [Fact]
    public async Task The_handler_says_how_its_stream_buffers()
    {
        await using var host = new StreamHandlerHost<DelegateHandler>(static services => services.AddSingleton(
            new DelegateHandler(static (stream, _) => stream.WriteAsync($"{stream.Limit} {stream.IsServerSide}\n").AsTask(), new ConnectionStreamOptions { Limit = 512 })));
        await using var connection = host.Connect(new StreamPairOptions { Streams = new ConnectionStreamOptions { Limit = 100 } });
        await connection.Peer.ExpectLineAsync("512 True");
        Assert.Equal(100, connection.Client.Limit);
    }

    [Fact]
    public void A_service_that_cannot_be_made_is_told_at_once() =>
        Assert.Throws<AggregateException>(static () => new StreamHandlerHost<GreetingHandler>(static services => services.AddScoped<Visit>()));

    private static Action<IServiceCollection> Serving(Func<ConnectionStream, CancellationToken, Task> serve) =>
        services => services.AddSingleton(new DelegateHandler(serve));

    private sealed class Log
    {
        private readonly Lock _gate = new();
        private readonly List<string> _lines = [];

        public List<string> Lines
        {
            get
            {
                lock (_gate) return [.. _lines];
            }
        }

        public void Add(string line)
        {
            lock (_gate) _lines.Add(line);
        }
    }

    private sealed class Visit(Log log) : IDisposable
    {
        public void Dispose() => log.Add("visit over");
    }

    private sealed class GreetingHandler : StreamHandler, IDisposable
    {
        private readonly Log _log;

        public GreetingHandler(Log log, Visit visit)
        {
            Assert.NotNull(visit);
            _log = log;
            log.Add("made");
        }

        public void Dispose() => _log.Add("disposed");

        protected override async Task HandleAsync(ConnectionStream stream, CancellationToken stopping)
        {
            while (await stream.ReadLineAsync(System.Text.Encoding.UTF8) is { } name)
                await stream.WriteAsync($"Hello, {name} of {stream.RemoteEndPoint}!\n");
        }
    }

    private sealed class DelegateHandler(Func<ConnectionStream, CancellationToken, Task> serve, ConnectionStreamOptions? options = null) : StreamHandler(options)
    {
        protected override Task HandleAsync(ConnectionStream stream, CancellationToken stopping) => serve(stream, stopping);
    }
}
