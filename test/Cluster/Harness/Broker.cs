using System.Diagnostics;
using System.Net;
using System.Net.Sockets;

namespace Kestrel.Streams.Tests;

/// <summary>RabbitMQ as a process of the tests, which may be started again and has what it had.</summary>
internal sealed class Broker(string folder, Ports ports) : IAsyncDisposable
{
    private static readonly TimeSpan _limit = TimeSpan.FromMinutes(2);

    private readonly List<ChildProcess> _runs = [];

    public int Port { get; } = ports.Take(3);

    public string Said => string.Concat(_runs.Select(static run => $"--- {run.Name}\n{run.Said}\n"));

    public async Task StartAsync()
    {
        Programs.PathOf("rabbitmq-server");
        Directory.CreateDirectory(folder);
        var run = new ChildProcess("rabbitmq", Paths.Deploy("rabbitmq.sh"), [folder, $"{Port}"]);
        _runs.Add(run);
        // It listens when it is ready, and says nothing that could be waited for.
        var exit = run.ExitAsync(_limit);
        await Eventually.IsTrueAsync(() => exit.IsCompleted || Listens(), _limit, "RabbitMQ listens");
        Assert.False(exit.IsCompleted, "RabbitMQ has ended instead of listening.");
    }

    public async Task StopAsync()
    {
        await _runs[^1].SignalAsync("TERM");
        await _runs[^1].ExitAsync(_limit);
    }

    /// <summary>A signal to the broker itself, and not to what has started it.</summary>
    public async Task SignalAsync(string signal)
    {
        using var kill = Process.Start("kill", [$"-{signal}", (await File.ReadAllTextAsync(Path.Combine(folder, "pid"))).Trim()]);
        await kill.WaitForExitAsync().Within();
        Assert.Equal(0, kill.ExitCode);
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var run in _runs) await run.DisposeAsync();
    }

    private bool Listens()
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            socket.Connect(IPAddress.Loopback, Port);
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }
}
