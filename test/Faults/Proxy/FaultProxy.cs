using System.Net;
using System.Net.Sockets;

namespace Kestrel.Streams.Tests;

/// <summary>
/// A relay between a client and a server, over the sockets of the system and without a line of ours, to which one thing happens at a
/// chosen byte.
/// </summary>
internal sealed class FaultProxy : IAsyncDisposable
{
    private readonly Socket _listener;
    private readonly EndPoint _target;
    private readonly Plan _plan;
    private readonly Signal _struck = new();
    private readonly Signal _healed = new();
    private readonly CancellationTokenSource _over = new();
    private readonly List<ProxiedConnection> _connections = [];
    private readonly Task _accepting;

    private FaultProxy(EndPoint target, Plan plan)
    {
        (_target, _plan) = (target, plan);
        _listener = NewSocket(target.AddressFamily);
        _listener.Bind(target is IPEndPoint
            ? new IPEndPoint(IPAddress.Loopback, 0)
            : new UnixDomainSocketEndPoint("\0ks-faults-" + Guid.NewGuid().ToString("N")));
        _listener.Listen();
        EndPoint = _listener.LocalEndPoint!;
        _accepting = AcceptAsync();
    }

    /// <summary>Where the client connects to.</summary>
    public EndPoint EndPoint { get; }

    /// <summary>The fault has happened.</summary>
    public Task Struck => _struck.Task;

    /// <summary>How many bytes each way has passed on, over all connections.</summary>
    public (long ToServer, long ToClient) Passed
    {
        get
        {
            lock (_connections) return (_connections.Sum(static c => c.PassedToServer), _connections.Sum(static c => c.PassedToClient));
        }
    }

    public static FaultProxy To(StreamServerBase server, Plan plan) => new(server.EndPoints[0], plan);

    /// <summary>What has stalled goes on.</summary>
    public void Heal() => _healed.Set();

    public async ValueTask DisposeAsync()
    {
        await _over.CancelAsync();
        _listener.Dispose();
        await _accepting.Within();
        _over.Dispose();
    }

    internal static Socket NewSocket(AddressFamily family) =>
        new(family, SocketType.Stream, family == AddressFamily.Unix ? ProtocolType.Unspecified : ProtocolType.Tcp);

    private async Task AcceptAsync()
    {
        var all = new List<Task>();
        try
        {
            while (true)
            {
                var client = await _listener.AcceptAsync(_over.Token);
                var connection = new ProxiedConnection(client, NewSocket(_target.AddressFamily), _plan, _struck, _healed.Task);
                lock (_connections) _connections.Add(connection);
                all.Add(connection.RunAsync(_target, _over.Token));
            }
        }
        catch (Exception e) when (e is OperationCanceledException or SocketException or ObjectDisposedException)
        {
            // Over.
        }

        await Task.WhenAll(all);
    }
}
