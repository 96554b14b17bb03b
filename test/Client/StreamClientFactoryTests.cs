using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Kestrel.Streams.Tests;

public class StreamClientFactoryTests
{
    [Fact]
    public async Task A_client_is_connected_by_its_name_each_time_anew()
    {
        using var mail = Listener.Tcp();
        using var news = Listener.Tcp();
        await using var services = new ServiceCollection()
            .AddStreamClient("mail", options => options.Url = $"tcp://127.0.0.1:{mail.Port}")
            .AddStreamClient("news", options => options.Url = $"tcp://127.0.0.1:{news.Port}")
            .BuildServiceProvider();
        var clients = services.GetRequiredService<IStreamClientFactory>();
        foreach (var (name, listener) in new[] { ("mail", mail), ("news", news), ("mail", mail) })
        {
            await using var stream = await clients.ConnectAsync(name).Within();
            await listener.TalkAsync(stream);
        }
    }

    [Fact]
    public void The_configuration_goes_before_the_code_and_every_key_arrives()
    {
        var options = Options(
            code =>
            {
                code.Url = "tcp://localhost:1";
                code.Limit = 7;
            },
            "Url=tls://mail.example.com:465",
            "Limit=8192",
            "ServerHostname=mail",
            "HandshakeTimeout=00:00:05",
            "ConnectTimeout=Infinite",
            "AddressFamily=InterNetworkV6",
            "HappyEyeballsDelay=00:00:00.1",
            "Interleave=2",
            "NoDelay=false",
            "KeepAlive=00:01:00",
            "LocalEndPoint=[::1]:5000",
            "Retry:MaxAttempts=3",
            "Retry:Delay=00:00:01",
            "Retry:MaxDelay=00:00:02");
        Assert.Equal("tls://mail.example.com:465", options.Url);
        Assert.Equal(8192, options.Limit);
        Assert.Equal("mail", options.ServerHostname);
        Assert.Equal(TimeSpan.FromSeconds(5), options.HandshakeTimeout);
        Assert.Equal(Timeout.InfiniteTimeSpan, options.ConnectTimeout);
        Assert.Equal(AddressFamily.InterNetworkV6, options.AddressFamily);
        Assert.Equal(TimeSpan.FromMilliseconds(100), options.HappyEyeballsDelay);
        Assert.Equal(2, options.Interleave);
        Assert.False(options.NoDelay);
        Assert.Equal(TimeSpan.FromMinutes(1), options.KeepAlive);
        Assert.Equal(new IPEndPoint(IPAddress.IPv6Loopback, 5000), options.LocalEndPoint);
        Assert.Equal(
            (3, TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(2)), (options.Retry!.MaxAttempts, options.Retry.Delay, options.Retry.MaxDelay));
    }

    [Fact]
    public void What_the_configuration_does_not_say_stays_as_the_code_has_it()
    {
        var options = Options(
            code =>
            {
                code.Url = "tcp://localhost:1";
                (code.Limit, code.ConnectTimeout, code.AddressFamily, code.Interleave) = (7, TimeSpan.FromSeconds(7), AddressFamily.InterNetwork, 7);
                (code.NoDelay, code.KeepAlive, code.LocalEndPoint) = (false, TimeSpan.FromSeconds(7), new IPEndPoint(IPAddress.Any, 7));
                code.Retry = new() { MaxAttempts = 7, Delay = TimeSpan.FromSeconds(7) };
            },
            "Retry:MaxDelay=00:00:08");
        Assert.Equal((7, TimeSpan.FromSeconds(7), AddressFamily.InterNetwork, 7), (options.Limit, options.ConnectTimeout, options.AddressFamily, options.Interleave));
        Assert.Equal((false, TimeSpan.FromSeconds(7), new IPEndPoint(IPAddress.Any, 7)), (options.NoDelay, options.KeepAlive, options.LocalEndPoint));
        Assert.Equal(
            (7, TimeSpan.FromSeconds(7), TimeSpan.FromSeconds(8)), (options.Retry!.MaxAttempts, options.Retry.Delay, options.Retry.MaxDelay));
        Assert.False(options.HasHandshakeTimeout);
    }

    [Fact]
    public void Retries_are_on_unless_the_code_or_the_configuration_says_otherwise()
    {
        Assert.Equal(10, Options(code => code.Url = "tcp://localhost:1").Retry!.MaxAttempts);
        Assert.Null(Options(code => (code.Url, code.Retry) = ("tcp://localhost:1", null)).Retry);
        Assert.Equal(1, Options(code => code.Url = "tcp://localhost:1", "Retry:MaxAttempts=1").Retry!.MaxAttempts);
        Assert.Equal(2, Options(code => (code.Url, code.Retry) = ("tcp://localhost:1", null), "Retry:MaxAttempts=2").Retry!.MaxAttempts);
    }

    [Fact]
    public void Retry_settings_of_one_client_do_not_reach_another_that_shares_the_codes_object()
    {
        var shared = new StreamRetryOptions();
        Assert.Equal(2, Options(code => (code.Url, code.Retry) = ("tcp://localhost:1", shared), "Retry:MaxAttempts=2").Retry!.MaxAttempts);
        Assert.Equal(10, shared.MaxAttempts);
    }

    [Fact]
    public async Task Options_may_come_with_services_too()
    {
        using var listener = Listener.Tcp();
        var services = new ServiceCollection().AddSingleton(listener).AddStreamClient("mail");
        services.AddOptions<StreamClientOptions>("mail").Configure<Listener>((options, server) => options.Url = $"tcp://127.0.0.1:{server.Port}");
        await using var provider = services.BuildServiceProvider();
        await using var stream = await provider.GetRequiredService<IStreamClientFactory>().ConnectAsync("mail").Within();
        await listener.TalkAsync(stream);
    }

    [Fact]
    public async Task ConnectCallback_serves_a_named_client_with_the_end_point_of_its_address()
    {
        using var listener = Listener.Tcp();
        StreamConnectContext? seen = null;
        await using var services = new ServiceCollection()
            .AddStreamClient("mail", options =>
            {
                options.Url = "tcp://mail.example.com:25";
                options.ConnectCallback = (context, _) =>
                {
                    seen = context;
                    return ValueTask.FromResult(listener.Connect());
                };
            })
            .BuildServiceProvider();
        await using var stream = await services.GetRequiredService<IStreamClientFactory>().ConnectAsync("mail").Within();
        await listener.TalkAsync(stream);
        Assert.Equal(new DnsEndPoint("mail.example.com", 25), seen!.EndPoint);
        Assert.Equal("tcp://mail.example.com:25", seen.Options.Url);
    }

    [Fact]
    public async Task A_name_that_nobody_registered_is_told_with_those_that_are()
    {
        await using var services = new ServiceCollection()
            .AddStreamClient("news", options => options.Url = "tcp://localhost:1")
            .AddStreamClient("mail", options => options.Url = "tcp://localhost:1")
            .BuildServiceProvider();
        var clients = services.GetRequiredService<IStreamClientFactory>();
        var error = Assert.Throws<ArgumentException>("name", () => { _ = clients.ConnectAsync("mial"); });
        Assert.StartsWith(
            "There is no stream client 'mial', but 'mail', 'news': register it with services.AddStreamClient(\"mial\", ...).", error.Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentException>("name", () => { _ = clients.ConnectAsync(""); });
        Assert.Throws<ArgumentNullException>("name", () => { _ = clients.ConnectAsync(null!); });
    }

    [Fact]
    public void A_name_that_configuration_cannot_have_is_refused()
    {
        var services = new ServiceCollection();
        Assert.Throws<ArgumentException>("name", () => services.AddStreamClient(""));
        Assert.Throws<ArgumentNullException>("name", () => services.AddStreamClient(null!));
        Assert.Throws<ArgumentNullException>("services", () => StreamClientServiceCollectionExtensions.AddStreamClient(null!, "mail"));
        var error = Assert.Throws<ArgumentException>("name", () => services.AddStreamClient("a:b"));
        Assert.StartsWith("The name is 'a:b': a colon parts the keys of configuration, use another character.", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Registering_a_name_again_adds_to_its_options()
    {
        var services = new ServiceCollection()
            .AddStreamClient("mail", options => (options.Url, options.Retry) = ("tcp://localhost:1", null))
            .AddStreamClient("mail", options => options.Limit = 7);
        await using var provider = services.BuildServiceProvider();
        var options = provider.GetRequiredService<IOptionsMonitor<StreamClientOptions>>().Get("mail");
        Assert.Equal(("tcp://localhost:1", 7), (options.Url, options.Limit));
        Assert.Single(services, service => service.ServiceType == typeof(IStreamClientFactory));
    }

    [Fact]
    public async Task Each_retry_is_a_line_in_the_log()
    {
        using var listener = Listener.Tcp();
        var time = new ManualTime();
        var log = new ListLog();
        var attempts = 0;
        await using var services = new ServiceCollection()
            .AddSingleton<ILoggerFactory>(log)
            .AddStreamClient("mail", options =>
            {
                (options.Url, options.Time) = ("tcp://mail:25", time);
                options.Retry!.Randomizer = null;
                options.ConnectCallback = (_, _) =>
                    ++attempts < 3 ? throw new SocketException((int)SocketError.ConnectionRefused) : ValueTask.FromResult(listener.Connect());
            })
            .BuildServiceProvider();
        var connecting = services.GetRequiredService<IStreamClientFactory>().ConnectAsync("mail");
        await time.AdvanceToTimerAsync(TimeSpan.FromMilliseconds(200));
        await time.AdvanceToTimerAsync(TimeSpan.FromMilliseconds(400));
        await using var stream = await connecting.Within();
        Assert.Equal(
            [
                "Kestrel.Streams.Client Information 1 ConnectFails: Could not connect to mail:25: Connection refused. Attempt 2 of 10 follows in 0.2 s.",
                "Kestrel.Streams.Client Information 1 ConnectFails: Could not connect to mail:25: Connection refused. Attempt 3 of 10 follows in 0.4 s.",
            ],
            log.Lines);
    }

    private static StreamClientOptions Options(Action<StreamClientOptions> code, params string[] settings)
    {
        using var services = new ServiceCollection()
            .AddSingleton<IConfiguration>(Settings.Of(settings.Select(setting => $"mail:{setting}")))
            .AddStreamClient("mail", code)
            .BuildServiceProvider();
        return services.GetRequiredService<IOptionsMonitor<StreamClientOptions>>().Get("mail");
    }

    private sealed class ListLog : ILoggerFactory, ILogger
    {
        private string _category = "";

        public List<string> Lines { get; } = [];

        public ILogger CreateLogger(string categoryName)
        {
            _category = categoryName;
            return this;
        }

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            Lines.Add($"{_category} {logLevel} {eventId.Id} {eventId.Name}: {formatter(state, exception)}");

        public bool IsEnabled(LogLevel logLevel) => true;

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public void AddProvider(ILoggerProvider provider)
        {
        }

        public void Dispose()
        {
        }
    }
}
