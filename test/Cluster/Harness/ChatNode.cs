using System.Globalization;

namespace Kestrel.Streams.Tests;

/// <summary>A node of the chat, which may be started again.</summary>
internal sealed class ChatNode(string name, string folder, Ports ports, int broker) : IAsyncDisposable
{
    private static readonly TimeSpan _startLimit = TimeSpan.FromMinutes(2);

    private readonly HttpClient _page = new() { Timeout = TimeSpan.FromSeconds(30) };
    private readonly List<ChildProcess> _runs = [];

    public string Name => name;

    public int PagePort { get; } = ports.Take();

    public int ChatPort { get; } = ports.Take();

    /// <summary>Where users come straight to this node; over TCP it believes HAProxy only.</summary>
    public string UnixPath => Path.Combine(folder, $"{name}.sock");

    public string Said => string.Concat(_runs.Select(static (run, index) => $"--- {run.Name}, run {index + 1}\n{run.Said}\n"));

    public async Task StartAsync()
    {
        _runs.Add(new ChildProcess(
            name, "dotnet", [Paths.Sample],
            ("Urls", $"http://127.0.0.1:{PagePort}"), ("Chat__Node", name), ("Chat__Backplane", $"amqp://guest:guest@127.0.0.1:{broker.ToString(CultureInfo.InvariantCulture)}"),
            ("Chat__NodeTimeout", "00:00:05"), ("Chat__HistoryLines", "1000"), ("Chat__LinesPerSecond", "1"), ("Chat__Burst", "10"),
            ("Streams__Servers__chat__Endpoints__TCP__Url", $"tcp://127.0.0.1:{ChatPort}"), ("Streams__Servers__chat__Endpoints__TCP__ProxyProtocol__Enabled", "true"),
            ("Streams__Servers__chat__Endpoints__TLS__Url", "tls://127.0.0.1:0"), ("Streams__Servers__chat__Endpoints__Unix__Url", $"unix:{UnixPath}"),
            ("Streams__Servers__tcp__Endpoints__Echo__Url", "tcp://127.0.0.1:0"), ("Streams__Servers__tls__Endpoints__Echo__Url", "tls://127.0.0.1:0"),
            ("Streams__Servers__unix__Endpoints__Echo__Url", $"unix:{Path.Combine(folder, $"{name}-echo.sock")}"), ("ShutdownTimeoutSeconds", "20")));
        await _runs[^1].HearAsync("Ctrl-C", _startLimit);
    }

    /// <summary>Done when it is ready, and hears of the others.</summary>
    public Task InTouchAsync() => Eventually.IsTrueAsync(
        async () => await _page.GetStringAsync(new Uri($"http://127.0.0.1:{PagePort}/ready")) == "Healthy", _startLimit, $"{name} is in touch with the others");

    /// <summary>As an operator ends it: the load balancer turns away, the users are told, and then it stops.</summary>
    public async Task DrainAndStopAsync()
    {
        using (var accepted = await _page.PostAsync(new Uri($"http://127.0.0.1:{PagePort}/drain"), null).Within())
            accepted.EnsureSuccessStatusCode();
        await StopAsync();
    }

    public async Task StopAsync()
    {
        await _runs[^1].SignalAsync("TERM");
        Assert.Equal(0, await _runs[^1].ExitAsync());
    }

    public async Task KillAsync()
    {
        await _runs[^1].SignalAsync("KILL");
        await _runs[^1].ExitAsync();
    }

    public async ValueTask DisposeAsync()
    {
        _page.Dispose();
        foreach (var run in _runs) await run.DisposeAsync();
    }
}
