namespace Kestrel.Streams.Tests;

/// <summary>A close or an abort while peers come in masses.</summary>
public class AcceptStormTests
{
    private const int Callers = 4;
    private const int Calls = 100;

    private Signal _storm = new();
    private static int connecting;
    private static readonly System.Collections.Concurrent.ConcurrentDictionary<ConnectionStream, string> Stages = new();
    private int _begun;
    private int _enough;
    private int _running;
    private int _late;
    private volatile bool _closed;

    [Theory]
    [InlineData(false, false)]
    [InlineData(false, true)]
    [InlineData(true, false)]
    [InlineData(true, true)]
    public async Task When_the_server_has_closed_no_handler_runs_or_begins_and_every_peer_knows(bool unix, bool abort)
    {
        var log = new LogCapture();
        await using var server = AnyServer.Of(unix, ServeAsync, new StreamServerOptions { LoggerFactory = log.Factory });
        for (var round = 0; round < 40; round++)
        {
            _closed = false;
            // The sooner it ends, the more connections are on their way from the accept to their handler.
            (_storm, _begun, _enough) = (new Signal(), 0, 1 + (10 * round));
            await server.StartServingAsync().Within();
            var endPoint = server.EndPoints[0];
            var callers = Enumerable.Range(0, Callers).Select(_ => Task.Run(() => CallAsync(endPoint))).ToArray();
            await _storm.Task.Within();

            await (abort ? server.AbortAsync() : server.CloseAsync()).Within();
            _closed = true;

            Assert.Equal(0, Volatile.Read(ref _running));
            try { await Task.WhenAll(callers).Within(TimeSpan.FromSeconds(10)); }
            catch (TimeoutException late)
            {
                var port = (endPoint as System.Net.IPEndPoint)?.Port ?? 0;
                var hex = ":" + port.ToString("X4");
                throw new InvalidOperationException("round " + round + " connecting " + connecting + " stages " + string.Join("; ", Stages.Select(p => p.Value + " " + p.Key + p.Key.LocalEndPoint)) + "\n" + string.Join("\n", File.ReadAllLines("/proc/net/tcp").Where(l => l.Contains(hex))), late);
            }
            Assert.Equal(0, Volatile.Read(ref _running));
            Assert.Equal(0, Volatile.Read(ref _late));
            Assert.Empty(log.Complaints);
        }
    }

    /// <summary>Calls until nobody answers; whoever was connected sees an end or a reset.</summary>
    private static async Task CallAsync(System.Net.EndPoint endPoint)
    {
        var calls = new List<Task>();
        for (var i = 0; i < Calls; i++)
        {
            try
            {
                Interlocked.Increment(ref connecting);
                try { calls.Add(HoldAsync(await StreamClient.ConnectAsync(endPoint).Within())); } finally { Interlocked.Decrement(ref connecting); }
            }
            catch (StreamConnectException)
            {
                break;
            }
        }

        await Task.WhenAll(calls);
    }

    private static async Task HoldAsync(ConnectionStream client)
    {
        Stages[client] = "read";
        try { await client.IsOverAsync(); } finally { Stages[client] = "closing " + client.IsClosing; }
        await client.CloseAsync();
        Stages.TryRemove(client, out string? _);
    }

    private async Task ServeAsync(ConnectionStream stream, CancellationToken stopping)
    {
        Interlocked.Increment(ref _running);
        if (_closed) Interlocked.Increment(ref _late);
        if (Interlocked.Increment(ref _begun) == _enough) _storm.Set();
        try
        {
            await Talk.ListenAsync(stream);
        }
        finally
        {
            Interlocked.Decrement(ref _running);
        }
    }
}
