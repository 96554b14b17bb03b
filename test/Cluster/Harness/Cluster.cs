using Kestrel.Streams.Tests;
using Xunit.Sdk;

[assembly: AssemblyFixture(typeof(Cluster))]
[assembly: CollectionBehavior(DisableTestParallelization = true)]

namespace Kestrel.Streams.Tests;

/// <summary>RabbitMQ, three nodes and HAProxy, for all tests; started by the first that needs it. A test leaves it as it was.</summary>
public sealed class Cluster : IAsyncDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("ks-cluster-");
    private readonly Ports _ports = new();
    private Task? _started;

    public Cluster()
    {
        Broker = new Broker(Path.Combine(_folder.FullName, "rabbitmq"), _ports);
        Nodes = [.. Enumerable.Range(1, 3).Select(number => new ChatNode($"web{number}", _folder.FullName, _ports, Broker.Port))];
        Proxy = new HaProxy(_folder.FullName, _ports, Nodes);
    }

    internal Broker Broker { get; }

    internal IReadOnlyList<ChatNode> Nodes { get; }

    internal HaProxy Proxy { get; }

    /// <summary>Runs a test. When it fails, the message has all that the programs have said.</summary>
    public async Task RunAsync(Func<Task> test)
    {
        Programs.PathOf("haproxy");
        Programs.PathOf("rabbitmq-server");
        try
        {
            await (_started ??= StartAsync());
            foreach (var node in Nodes) await node.InTouchAsync();
            await test();
        }
        catch (Exception error) when (error is not SkipException)
        {
            throw new XunitException($"{error}\n\n{Broker.Said}{Proxy.Said}{string.Concat(Nodes.Select(static node => node.Said))}", error);
        }
    }

    public async ValueTask DisposeAsync()
    {
        await Proxy.DisposeAsync();
        foreach (var node in Nodes) await node.DisposeAsync();
        await Broker.DisposeAsync();
        _ports.Dispose();
        _folder.Delete(recursive: true);
    }

    private async Task StartAsync()
    {
        await Broker.StartAsync();
        await Task.WhenAll(Nodes.Select(static node => node.StartAsync()));
        await Proxy.StartAsync();
        foreach (var node in Nodes) await Proxy.SeesAsync(node, up: true);
    }
}
