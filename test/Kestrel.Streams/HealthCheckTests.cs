using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Logging;

namespace Kestrel.Streams.Tests;

public class HealthCheckTests
{
    private readonly LogCapture _log = new();

    [Fact]
    public async Task A_server_that_accepts_is_healthy_and_tells_where_and_how_many()
    {
        await using var host = await HostRun.StartAsync(_log, services => Add(services, static options => options.MaxConnections = 5));
        await using var client = await host.ConnectAsync("echo");
        await client.HearsItselfAsync();

        var entry = await CheckAsync(host);
        Assert.Equal((HealthStatus.Healthy, "The server echo accepts connections."), (entry.Status, entry.Description));
        Assert.Equal((1, 5), (entry.Data["connections"], entry.Data["max"]));
        Assert.Equal([host.Server("echo").EndPoints[0].ToString()!], (string[])entry.Data["endpoints"]);
    }

    [Fact]
    public async Task A_server_that_is_full_is_degraded_until_one_goes()
    {
        await using var host = await HostRun.StartAsync(_log, services => Add(services, static options => options.MaxConnections = 1));
        await using (var client = await host.ConnectAsync("echo"))
        {
            await client.HearsItselfAsync();
            Assert.Equal(HealthStatus.Degraded, (await CheckAsync(host)).Status);
        }

        await GoneAsync(host.Server("echo")).Within();
        Assert.Equal(HealthStatus.Healthy, (await CheckAsync(host)).Status);
    }

    [Fact]
    public async Task A_server_that_is_not_started_fails_as_the_host_wants()
    {
        await using var host = HostRun.Of(_log, services => Add(services));

        var entry = await CheckAsync(host);
        Assert.Equal((HealthStatus.Unhealthy, "The server echo is not bound."), (entry.Status, entry.Description));
        await host.Server("echo").BindAsync().Within();
        Assert.Equal("The server echo is bound and does not accept connections.", (await CheckAsync(host)).Description);

        await using var lenient = HostRun.Of(_log, services => AddServer(services).AddHealthChecks().AddStreamServerCheck("echo", HealthStatus.Degraded, ["ready"]));
        Assert.Equal((HealthStatus.Degraded, "ready"), ((await CheckAsync(lenient)).Status, Assert.Single((await CheckAsync(lenient)).Tags)));
    }

    [Fact]
    public async Task A_server_that_is_not_there_is_told()
    {
        await using var host = await HostRun.StartAsync(_log, services => AddServer(services).AddHealthChecks().AddStreamServerCheck("ecco"));

        var report = await host.Services.GetRequiredService<HealthCheckService>().CheckHealthAsync().Within();
        Assert.Equal(HealthStatus.Unhealthy, report.Status);
        Assert.StartsWith("There is no stream server 'ecco' to check", report.Entries["ecco"].Description, StringComparison.Ordinal);
    }

    [Fact]
    public async Task While_the_host_drains_it_is_unhealthy_and_connections_are_accepted_still()
    {
        var time = new ManualTime();
        var drainDelay = TimeSpan.FromSeconds(15);
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.Logging.AddProvider(_log).SetMinimumLevel(LogLevel.Trace);
        builder.Configuration["urls"] = "http://127.0.0.1:0";
        builder.WebHost.UseKestrel();
        builder.Services.AddRouting();
        Add(builder.Services, options => (options.DrainDelay, options.TimeProvider) = (drainDelay, time));
        await using var app = builder.Build();
        app.UseRouting();
        app.MapHealthChecks("/health");
        await app.StartAsync().Within();
        var server = app.Services.GetRequiredKeyedService<StreamServerBase>("echo");
        using var http = new HttpClient();
        var health = new Uri(app.Urls.Single() + "/health");
        Assert.Equal("Healthy", await http.GetStringAsync(health).Within());

        var stop = app.StopAsync();
        await time.TimerAsync(drainDelay).Within();
        using (var answer = await http.GetAsync(health).Within())
        {
            Assert.Equal(HttpStatusCode.ServiceUnavailable, answer.StatusCode);
            Assert.Equal("Unhealthy", await answer.Content.ReadAsStringAsync().Within());
        }

        await using (var late = await server.ConnectAsync()) await late.HearsItselfAsync();
        Assert.False(stop.IsCompleted);

        time.Advance(drainDelay);
        await stop.Within();
        Assert.False(server.IsServing);
    }

    private static async Task GoneAsync(StreamServerBase server)
    {
        while (server.ConnectionCount > 0) await Task.Yield();
    }

    private static async Task<HealthReportEntry> CheckAsync(HostRun host) =>
        (await host.Services.GetRequiredService<HealthCheckService>().CheckHealthAsync().Within()).Entries["echo"];

    private static void Add(IServiceCollection services, Action<StreamServerOptions>? configure = null) =>
        AddServer(services, configure).AddHealthChecks().AddStreamServerCheck("echo");

    private static IServiceCollection AddServer(IServiceCollection services, Action<StreamServerOptions>? configure = null) => services.AddStreamServer(
        "echo",
        options =>
        {
            options.Listen("tcp://127.0.0.1:0");
            configure?.Invoke(options);
        },
        static (stream, _) => Talk.EchoAsync(stream));
}
