using System.Text;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;

namespace Kestrel.Streams.Tests;

public sealed class HostStopTests : IDisposable
{
    private readonly LogCapture _log = new();
    private readonly Entrance _entrance = new();

    public void Dispose() => _log.Dispose();

    [Fact]
    public async Task The_stop_of_the_host_lets_handlers_finish_and_tells_how_many_did()
    {
        await using var host = await StartAsync(static (stream, _) => FinishAsync(stream));
        var clients = await Task.WhenAll(Enumerable.Range(0, 3).Select(_ => host.ConnectAsync("echo")));
        await Task.WhenAll(clients.Select(client => client.HearsItselfAsync()));

        await host.StopAsync();

        foreach (var client in clients) Assert.Equal("bye\n", await client.HearAllAsync());
        Assert.Contains(_log.OfServer, static entry => entry.Message == "Server echo has closed: 3 connections finished, 0 were cut.");
        await Talk.RefusesAsync(clients[0].RemoteEndPoint!);
        await Task.WhenAll(clients.Select(client => client.CloseAsync().Within()));
    }

    [Fact]
    public async Task A_read_that_the_stop_cancels_has_lost_nothing()
    {
        var all = new Signal<string>();
        await using var host = await StartAsync(_entrance.Of(async (stream, stopping) =>
        {
            var read = new StringBuilder();
            try
            {
                while (true)
                {
                    // The stop ends the input too: the read may give the half line as that of an end, or be cancelled and leave it.
                    var line = await stream.ReadLineAsync(stopping);
                    read.Append(Encoding.UTF8.GetString(line));
                    await stream.WriteAsync(line, CancellationToken.None);
                }
            }
            catch (OperationCanceledException)
            {
                read.Append(Encoding.UTF8.GetString(await stream.ReadToEndAsync(cancellationToken: CancellationToken.None)));
                await stream.WriteAsync("bye\n"u8, CancellationToken.None);
            }

            all.Set(read.ToString());
        }));
        await using var client = await host.ConnectAsync("echo");
        await client.HearsItselfAsync();
        await client.WriteAsync("half a li").Within();
        var server = await _entrance.Entered;
        while (server.BytesReceived < "hello\nhalf a li".Length) await Task.Yield();

        await host.StopAsync();

        Assert.Equal("hello\nhalf a li", await all.Task.Within());
        Assert.EndsWith("bye\n", await client.HearAllAsync(), StringComparison.Ordinal);
        Assert.Empty(_log.Complaints);
    }

    [Fact]
    public async Task Who_does_not_finish_in_the_time_of_the_server_is_cut_and_counted()
    {
        await using var host = await StartAsync(
            static async (stream, _) =>
            {
                await stream.WriteAsync("hello\n"u8, CancellationToken.None);
                await stream.WaitClosedAsync(CancellationToken.None);
            },
            static options => options.ShutdownTimeout = TimeSpan.FromMilliseconds(100));
        await using var one = await host.ConnectAsync("echo");
        await using var two = await host.ConnectAsync("echo");
        Assert.Equal("hello\n", await one.HearLineAsync());
        Assert.Equal("hello\n", await two.HearLineAsync());

        await host.StopAsync();

        await one.SeesResetAsync();
        await two.SeesResetAsync();
        Assert.Contains(_log.OfServer, static entry => entry.Message == "Server echo has closed: 0 connections finished, 2 were cut.");
    }

    [Fact]
    public async Task The_time_of_the_host_cuts_too()
    {
        await using var host = await StartAsync(_entrance.Of(static (stream, _) => stream.WaitClosedAsync(CancellationToken.None)));
        await using var client = await host.ConnectAsync("echo");
        await _entrance.Entered;
        using var hurry = new CancellationTokenSource();

        var stop = host.StopAsync(hurry.Token);
        await hurry.CancelAsync();

        await client.SeesResetAsync();
        await stop;
        Assert.Contains(_log.OfServer, static entry => entry.Message == "Server echo has closed: 0 connections finished, 1 were cut.");
    }

    [Fact]
    public async Task Before_the_stop_there_is_time_for_others_to_turn_away()
    {
        var time = new ManualTime();
        await using var host = await StartAsync(
            static (stream, _) => Talk.EchoAsync(stream), options => (options.DrainDelay, options.TimeProvider) = (TimeSpan.FromSeconds(10), time));
        await using var early = await host.ConnectAsync("echo");
        await early.HearsItselfAsync();

        var stop = host.StopAsync();
        await time.TimerAsync(TimeSpan.FromSeconds(10)).Within();
        await using var late = await host.ConnectAsync("echo");
        await late.HearsItselfAsync();
        await early.HearsItselfAsync();
        Assert.False(stop.IsCompleted);
        time.Advance(TimeSpan.FromSeconds(10));

        await stop;
        Assert.Equal("", await early.HearAllAsync());
        Assert.Equal("", await late.HearAllAsync());
    }

    [Fact]
    public async Task Another_part_of_the_host_that_does_not_stop_takes_no_time_of_the_servers()
    {
        var stuck = new StuckService();
        await using var host = await HostRun.StartAsync(_log, services =>
        {
            services.AddStreamServer("echo", static options => options.Listen("tcp://127.0.0.1:0"), static (stream, _) => FinishAsync(stream));
            services.AddSingleton<IHostedService>(stuck); // stopped before the server, as it is registered after it
        });
        await using var client = await host.ConnectAsync("echo");
        await client.HearsItselfAsync();

        var stop = host.StopAsync();
        await stuck.Stopping.Task.Within();

        Assert.Equal("bye\n", await client.HearAllAsync());
        stuck.Release.Set();
        await stop;
        Assert.Contains(_log.OfServer, static entry => entry.Message == "Server echo has closed: 1 connections finished, 0 were cut.");
    }

    [Fact]
    public async Task A_drain_delay_for_which_the_host_has_no_time_is_a_fault()
    {
        var error = await Assert.ThrowsAsync<OptionsValidationException>(() => StartAsync(
            static (_, _) => Task.CompletedTask, static options => options.DrainDelay = TimeSpan.FromSeconds(30)));

        Assert.Equal(
            ["Streams:Servers:echo:DrainDelay is '00:00:30': the host gives its stop 00:00:30 in all, allow it more with HostOptions.ShutdownTimeout."],
            error.Failures);
    }

    private Task<HostRun> StartAsync(Func<ConnectionStream, CancellationToken, Task> serve, Action<StreamServerOptions>? configure = null) =>
        HostRun.StartAsync(_log, services => services.AddStreamServer(
            "echo",
            options =>
            {
                options.Listen("tcp://127.0.0.1:0");
                configure?.Invoke(options);
            },
            serve));

    private static async Task FinishAsync(ConnectionStream stream)
    {
        await Talk.EchoAsync(stream);
        await stream.WriteAsync("bye\n"u8, CancellationToken.None);
    }

    private sealed class StuckService : IHostedService
    {
        public Signal Stopping { get; } = new();

        public Signal Release { get; } = new();

        public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public Task StopAsync(CancellationToken cancellationToken)
        {
            Stopping.Set();
            return Release.Task;
        }
    }
}
