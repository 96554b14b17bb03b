using System.Net;

namespace Kestrel.Streams.Tests;

/// <summary>A close or an abort while peers come in masses.</summary>
public class AcceptStormTests
{
    private const int Callers = 4;
    private const int Calls = 100;

    private Signal _storm = new();
    private int _begun;
    private int _enough;
    private int _running;
    private int _late;
    private Signal _closed = new();

    [Theory]
    [InlineData(false, false)]
    [InlineData(false, true)]
    [InlineData(true, false)]
    [InlineData(true, true)]
    public async Task When_the_server_has_closed_no_handler_runs_or_begins_and_every_peer_knows(bool unix, bool abort)
    {
        var log = new LogCapture();
        // Where the queue overflows, the kernel drops the last packet of a handshake: such a peer believes itself connected, and is never told.
        var options = new StreamServerOptions { LoggerFactory = log.Factory, Backlog = 2 * Callers * Calls };
        await using var server = AnyServer.Of(unix, ServeAsync, options);
        for (var round = 0; round < 5; round++)
        {
            // The sooner it ends, the more connections are on their way from the accept to their handler.
            (_storm, _closed, _begun, _enough) = (new Signal(), new Signal(), 0, 1 + (10 * round));
            await server.StartServingAsync().Within();
            var endPoint = server.EndPoints[0];
            var callers = Enumerable.Range(0, Callers).Select(_ => Task.Run(() => CallAsync(endPoint))).ToArray();
            await _storm.Task.Within();

            await (abort ? server.AbortAsync() : server.CloseAsync()).Within();
            _closed.Set();

            Assert.Equal(0, Volatile.Read(ref _running));
            await Task.WhenAll(callers).Within();
            Assert.Equal(0, Volatile.Read(ref _running));
            Assert.Equal(0, Volatile.Read(ref _late));
            Assert.Empty(log.Complaints);
        }
    }

    /// <summary>Calls until nobody answers; whoever was connected sees an end or a reset.</summary>
    private async Task CallAsync(EndPoint endPoint)
    {
        var calls = new List<Task>();
        for (var i = 0; i < Calls; i++)
        {
            try
            {
                calls.Add(HoldAsync(await StreamClient.ConnectAsync(endPoint).Within()));
            }
            catch (StreamConnectException)
            {
                break;
            }
        }

        await Task.WhenAll(calls);
    }

    private async Task HoldAsync(ConnectionStream client)
    {
        await using var _ = client;
        var over = client.IsOverAsync();
        if (await Task.WhenAny(over, _closed.Task) != over)
        {
            try
            {
                // Linux may drop a connection that waits to be accepted without a word to its peer, who learns it only by sending.
                await client.WriteAsync("anybody there?\n").Within();
            }
            catch (IOException)
            {
                // It was just told.
            }
        }

        await over;
    }

    private async Task ServeAsync(ConnectionStream stream, CancellationToken stopping)
    {
        Interlocked.Increment(ref _running);
        if (_closed.Task.IsCompleted) Interlocked.Increment(ref _late);
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
