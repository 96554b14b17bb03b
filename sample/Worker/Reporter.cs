using System.Security.Authentication;
using System.Text;
using Microsoft.Extensions.Options;

namespace Kestrel.Streams.Samples.Worker;

/// <summary>
/// Takes readings and delivers them: <c>1 a reading</c>, to which the collector answers <c>1</c> when it has written it. Until then the
/// reading is kept, and sent again to the next connection: the collector gets each at least once, and knows by its number what it has.
/// </summary>
internal sealed class Reporter(
    IStreamClientFactory clients, IOptionsMonitor<StreamClientOptions> options, IConfiguration configuration, ILogger<Reporter> logger) : BackgroundService
{
    private static readonly TimeSpan _pause = TimeSpan.FromSeconds(0.5), _lastCall = TimeSpan.FromSeconds(5);

    /// <summary>Numbers begin anew with each run of this program: its name goes before them.</summary>
    private readonly string _run = Guid.NewGuid().ToString("N")[..8];

    private readonly Outbox _outbox = new(capacity: 1000);

    public override void Dispose()
    {
        _outbox.Dispose();
        base.Dispose();
    }

    protected override async Task ExecuteAsync(CancellationToken stopping)
    {
        logger.LogInformation(
            "Waiting for a collector at {Url}. If there is none, start one: dotnet run --project sample/Collector", options.Get("collector").Url);
        var readings = TakeReadingsAsync(stopping);
        // What was sent when the host stops is still waited for, for a while that the host grants (30 seconds).
        using var end = new CancellationTokenSource();
        using var lastCall = stopping.Register(() => end.CancelAfter(_lastCall));
        while (!stopping.IsCancellationRequested)
        {
            try
            {
                await using var stream = await clients.ConnectAsync("collector", stopping);
                logger.LogInformation("Connected to {Collector}; {Waiting} readings wait.", stream.RemoteEndPoint, _outbox.Waiting);
                await DeliverAsync(stream, end.Token);
            }
            catch (OperationCanceledException) when (stopping.IsCancellationRequested)
            {
                break;
            }
            catch (Exception lost) when (lost is IOException or AuthenticationException)
            {
                logger.LogWarning("{Reason} {Waiting} readings wait for the next connection.", lost.Message, _outbox.Waiting);
                await Task.Delay(_pause, stopping).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }

        await readings;
        logger.LogInformation("{Acknowledged} readings are written, {Waiting} are not.", _outbox.Acknowledged, _outbox.Waiting);
    }

    private async Task TakeReadingsAsync(CancellationToken stopping)
    {
        try
        {
            using var clock = new PeriodicTimer(configuration.GetValue("Interval", TimeSpan.FromSeconds(1)));
            while (await clock.WaitForNextTickAsync(stopping))
                await _outbox.AddAsync($"{TimeProvider.System.GetUtcNow():O} {Environment.WorkingSet} bytes in use", stopping);
        }
        catch (OperationCanceledException)
        {
            _outbox.Complete();
        }
    }

    /// <summary>Returns when all is over and acknowledged; throws when the connection is lost before.</summary>
    private async Task DeliverAsync(ConnectionStream stream, CancellationToken end)
    {
        using var either = CancellationTokenSource.CreateLinkedTokenSource(end);
        Task[] both = [SendAsync(stream, either.Token), ReadAcknowledgementsAsync(stream, either.Token)];
        try
        {
            await await Task.WhenAny(both);
            await Task.WhenAll(both);
        }
        catch
        {
            stream.Abort(); // what is on its way will be sent again
            throw;
        }
        finally
        {
            await either.CancelAsync();
            await Task.WhenAll(both).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private async Task SendAsync(ConnectionStream stream, CancellationToken cancellationToken)
    {
        await stream.WriteAsync($"{_run}\n", cancellationToken);
        await foreach (var (number, text) in _outbox.LinesAsync(cancellationToken))
            await stream.WriteAsync($"{number} {text}\n", cancellationToken);
        await stream.WriteAsync("\n", cancellationToken); // no more: the collector closes when it has answered all
    }

    private async Task ReadAcknowledgementsAsync(ConnectionStream stream, CancellationToken cancellationToken)
    {
        while (await stream.ReadLineAsync(Encoding.UTF8, cancellationToken) is { } number)
        {
            if (!_outbox.TryAcknowledge(number))
                throw new IOException($"The collector answered '{number}', which is not the number of the oldest reading.");
        }

        if (!_outbox.IsDone)
            throw new IOException("The collector has closed the connection.");
    }
}
