using System.Net;
using System.Security.Cryptography.X509Certificates;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Kestrel.Streams.Tests;

public sealed class AddStreamServerTests : IDisposable
{
    private readonly LogCapture _log = new();
    private readonly TempDirectory _directory = new();

    public void Dispose()
    {
        _log.Dispose();
        _directory.Dispose();
    }

    [Fact]
    public async Task A_worker_host_serves_what_its_code_says()
    {
        await using var host = await HostRun.StartAsync(_log, services => services.AddStreamServer(
            "echo", static options => options.Listen("tcp://127.0.0.1:0"), static (stream, _) => Talk.EchoAsync(stream)));

        await using var client = await host.ConnectAsync("echo");

        await client.HearsItselfAsync();
        Assert.Equal("echo", host.Server("echo").Name);
    }

    [Fact]
    public async Task A_worker_host_serves_tcp_tls_and_unix_as_the_configuration_says()
    {
        await using var host = await HostRun.StartAsync(_log, AddThree, Three());

        await ThreeAreServedAsync(host.Server("plain"), host.Server("secure"), host.Server("local"));
    }

    [Fact]
    public async Task A_web_app_serves_the_same_and_its_own_urls_are_intact()
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.Logging.AddProvider(_log).SetMinimumLevel(LogLevel.Trace);
        builder.Configuration.AddInMemoryCollection(Three().Select(static setting => KeyValuePair.Create(setting.Key, (string?)setting.Value)));
        builder.Configuration["urls"] = "http://127.0.0.1:0";
        builder.WebHost.UseKestrel();
        builder.Services.AddRouting();
        AddThree(builder.Services);
        await using var app = builder.Build();
        app.UseRouting();
        app.MapGet("/", () => "hello from the web");
        await app.StartAsync().Within();

        var url = Assert.Single(app.Urls);
        using var http = new HttpClient();
        Assert.Equal("hello from the web", await http.GetStringAsync(new Uri(url)).Within());
        await ThreeAreServedAsync(Server("plain"), Server("secure"), Server("local"));
        Assert.Equal("hello from the web", await http.GetStringAsync(new Uri(url)).Within());
        await app.StopAsync().Within();

        StreamServerBase Server(string name) => app.Services.GetRequiredKeyedService<StreamServerBase>(name);
    }

    [Fact]
    public async Task One_server_listens_on_many_addresses()
    {
        await using var host = await HostRun.StartAsync(_log, services => services.AddStreamServer(
            "echo",
            options =>
            {
                options.Listen("tcp://127.0.0.1:0").Listen("tcp://[::1]:0").Listen("unix:" + _directory["s"]).Listen("unix:@" + Guid.NewGuid().ToString("N"));
                options.Listen("tls://localhost:0", endpoint => endpoint.Tls = new() { ServerCertificate = TestCertificates.Server });
            },
            static (stream, _) => Talk.EchoAsync(stream)));

        var endPoints = host.Server("echo").EndPoints;
        Assert.True(endPoints.Count >= 5);
        for (var i = 0; i < endPoints.Count; i++)
        {
            await using var client = await host.ConnectAsync("echo", i < 4 ? null : Trusting, i);
            await client.HearsItselfAsync();
        }
    }

    [Fact]
    public async Task All_interfaces_are_both_families_on_one_port()
    {
        await using var host = await HostRun.StartAsync(_log, services => services.AddStreamServer(
            "echo", static options => options.Listen("tcp://*:0"), static (stream, _) => Talk.EchoAsync(stream)));

        Assert.Equal([IPAddress.Any, IPAddress.IPv6Any], host.Server("echo").EndPoints.Select(static endPoint => ((IPEndPoint)endPoint).Address));
    }

    [Fact]
    public async Task Each_connection_has_a_scope_and_a_handler_of_its_own()
    {
        var log = new ScopeLog();
        await using var host = await HostRun.StartAsync(_log, services =>
        {
            services.AddSingleton(log);
            services.AddScoped<Scoped>();
            services.AddStreamServer<ScopedEcho>("echo", static options => options.Listen("tcp://127.0.0.1:0"));
        });

        await using (var one = await host.ConnectAsync("echo"))
        await using (var two = await host.ConnectAsync("echo"))
        {
            await one.WriteAsync("x\n").Within();
            await two.WriteAsync("x\n").Within();
            var (first, second) = (await one.HearLineAsync(), await two.HearLineAsync());
            Assert.NotEqual(first, second);
            Assert.Equal(0, log.Ended);
        }

        await log.BothEnded.Task.Within();
    }

    [Fact]
    public async Task A_callback_has_the_services_of_its_connection()
    {
        var log = new ScopeLog();
        await using var host = await HostRun.StartAsync(_log, services =>
        {
            services.AddSingleton(log);
            services.AddScoped<Scoped>();
            services.AddStreamServer(
                "name", static options => options.Listen("tcp://127.0.0.1:0"),
                static async (stream, services, stopping) => await stream.WriteAsync(services.GetRequiredService<Scoped>().Id + "\n", stopping));
        });

        await using var one = await host.ConnectAsync("name");
        await using var two = await host.ConnectAsync("name");

        Assert.NotEqual(await one.HearAllAsync(), await two.HearAllAsync());
        await log.BothEnded.Task.Within();
    }

    [Fact]
    public async Task A_handler_that_says_how_its_streams_buffer_has_them_so()
    {
        await using var host = await HostRun.StartAsync(_log, services => services.AddStreamServer<TellsItsLimit>(
            "limit", static options => options.Listen("tcp://127.0.0.1:0").Limit = 5));

        await using var client = await host.ConnectAsync("limit");

        Assert.Equal("123\n", await client.HearAllAsync());
    }

    [Fact]
    public async Task A_handler_out_of_the_services_may_be_of_another_lifetime()
    {
        await using var host = await HostRun.StartAsync(_log, services =>
        {
            services.AddSingleton(new TellsItsLimit());
            services.AddStreamServer<TellsItsLimit>("limit", static options => options.Listen("tcp://127.0.0.1:0"));
        });

        await using var client = await host.ConnectAsync("limit");

        Assert.Equal("123\n", await client.HearAllAsync());
    }

    [Fact]
    public async Task A_handler_that_cannot_be_made_is_an_error_in_the_log_and_a_reset()
    {
        await using var host = await HostRun.StartAsync(_log, services => services.AddStreamServer<ScopedEcho>(
            "echo", static options => options.Listen("tcp://127.0.0.1:0")));
        try
        {
            await using var client = await host.ConnectAsync("echo");
            await client.SeesResetAsync();
        }
        catch (StreamConnectException)
        {
            // The reset came before the connection was known to be there.
        }

        var entry = await _log.FirstAsync(static entry => entry.Level == LogLevel.Error).Within();
        Assert.Contains("Scoped", entry.Error!.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Two_servers_of_one_name_are_refused()
    {
        var services = new ServiceCollection();
        services.AddStreamServer("mail", null, static (_, _) => Task.CompletedTask);

        var error = Assert.Throws<ArgumentException>(() => services.AddStreamServer<TellsItsLimit>("mail"));

        Assert.StartsWith("There is a stream server 'mail' already: give each a name of its own.", error.Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentException>(() => services.AddStreamServer(" ", null, static (_, _) => Task.CompletedTask));
    }

    [Fact]
    public async Task A_server_in_the_code_may_be_set_otherwise_afterwards()
    {
        await using var host = await HostRun.StartAsync(
            _log,
            static services =>
            {
                services.AddStreamServer("echo", static options => options.Listen("tcp://127.0.0.1:1"), static (stream, _) => Talk.EchoAsync(stream));
                services.Configure<StreamServerOptions>("echo", static options => options.Endpoints[0].Url = "tcp://127.0.0.1:0");
            });

        await using var client = await host.ConnectAsync("echo");

        await client.HearsItselfAsync();
    }

    [Fact]
    public async Task Addresses_that_are_taken_are_all_told_and_nothing_stays_bound()
    {
        await using var holder = new StreamServer(Talk.EchoAsync, "127.0.0.1");
        await holder.StartServingAsync().Within();
        var free = _directory["free"];
        await using var host = HostRun.Of(_log, services =>
        {
            services.AddStreamServer("one", options => options.Listen($"tcp://127.0.0.1:{holder.Port()}").Listen("unix:" + free), static (_, _) => Task.CompletedTask);
            services.AddStreamServer("two", options => options.Listen("unix:" + _directory["no/such/directory"]), static (_, _) => Task.CompletedTask);
        });

        var error = await Assert.ThrowsAsync<AggregateException>(host.StartAsync);

        Assert.Equal(2, error.InnerExceptions.Count);
        Assert.Contains(error.InnerExceptions, static one => one.Message.Contains("choose another address, or stop the program that holds it", StringComparison.Ordinal));
        Assert.False(File.Exists(free));
        Assert.False(host.Server("one").IsBound);
    }

    private static StreamClientOptions Trusting => new()
    {
        Tls = new() { CertificateChainPolicy = TestCertificates.TrustAuthority },
        ServerHostname = "localhost",
    };

    private static void AddThree(IServiceCollection services)
    {
        foreach (var name in (string[])["plain", "secure", "local"])
            services.AddStreamServer(name, configure: null, static (stream, _) => Talk.EchoAsync(stream));
    }

    private (string Key, string? Value)[] Three()
    {
        File.WriteAllText(_directory["server.pem"], TestCertificates.Server.ExportCertificatePem());
        File.WriteAllText(_directory["server.key"], TestCertificates.Server.GetECDsaPrivateKey()!.ExportPkcs8PrivateKeyPem());
        return
        [
            ("Streams:Servers:plain:Endpoints:Main:Url", "tcp://127.0.0.1:0"),
            ("Streams:Servers:secure:Endpoints:Main:Url", "tls://127.0.0.1:0"),
            ("Streams:Servers:secure:Certificate:Path", _directory["server.pem"]),
            ("Streams:Servers:secure:Certificate:KeyPath", _directory["server.key"]),
            ("Streams:Servers:local:Endpoints:Main:Url", "unix:" + _directory["s"]),
            ("Streams:Servers:local:IdleTimeout", "00:05:00"),
        ];
    }

    private static async Task ThreeAreServedAsync(StreamServerBase plain, StreamServerBase secure, StreamServerBase local)
    {
        await using var tcp = await plain.ConnectAsync();
        await using var tls = await StreamClient.ConnectAsync(secure.EndPoints[0], Trusting).Within();
        await using var unix = await local.ConnectAsync();
        await tcp.HearsItselfAsync();
        await tls.HearsItselfAsync();
        await unix.HearsItselfAsync();
    }

    private sealed class ScopeLog
    {
        private int _ended;

        public int Ended => Volatile.Read(ref _ended);

        public Signal BothEnded { get; } = new();

        public void End()
        {
            if (Interlocked.Increment(ref _ended) == 2) BothEnded.Set();
        }
    }

    private sealed class Scoped(ScopeLog log) : IAsyncDisposable
    {
        public string Id { get; } = Guid.NewGuid().ToString();

        public ValueTask DisposeAsync()
        {
            log.End();
            return ValueTask.CompletedTask;
        }
    }

    private sealed class ScopedEcho(Scoped scoped) : StreamHandler
    {
        protected override async Task HandleAsync(ConnectionStream stream, CancellationToken stopping)
        {
            while (await stream.ReadLineAsync(stopping) is { Length: > 0 }) await stream.WriteAsync(scoped.Id + "\n", stopping);
        }
    }

    private sealed class TellsItsLimit() : StreamHandler(new ConnectionStreamOptions { Limit = 123 })
    {
        protected override Task HandleAsync(ConnectionStream stream, CancellationToken stopping) => stream.WriteAsync($"{stream.Limit}\n", stopping).AsTask();
    }
}
