namespace Kestrel.Streams;

/// <summary>A server of <c>AddStreamServer</c>: as many endpoints of as many kinds as its options name.</summary>
internal sealed class HostedStreamServer(ClientConnected clientConnected, StreamServerOptions options, IReadOnlyList<HostedEndpoint> endpoints)
    : StreamServerBase(clientConnected, options, new EndpointTerms(options.Name!, Tls: null))
{
    private int _draining;

    /// <summary>How many connections it may have; null for any number.</summary>
    public int? MaxConnections => Options.MaxConnections;

    /// <summary>Whether the host stops: it still serves, and should get no more to do.</summary>
    public bool IsDraining => Volatile.Read(ref _draining) != 0;

    /// <summary>Goes on as ever for a while, so that a load balancer sees that the end comes.</summary>
    public async Task DrainAsync(CancellationToken cancellationToken)
    {
        if (Interlocked.Exchange(ref _draining, 1) == 0 && IsServing && Options.DrainDelay > TimeSpan.Zero)
            await Task.Delay(Options.DrainDelay, Options.TimeProvider, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    private protected override async Task<IReadOnlyList<BoundSocket>> BindSocketsAsync(CancellationToken cancellationToken)
    {
        var bound = new List<BoundSocket>();
        var faults = new List<Exception>();
        foreach (var endpoint in endpoints)
        {
            try
            {
                bound.AddRange(await endpoint.BindAsync(Options, cancellationToken).ConfigureAwait(false));
            }
            catch (IOException e)
            {
                faults.Add(e);
            }
        }

        if (faults.Count == 0) return bound;
        foreach (var socket in bound) socket.Dispose();
        throw faults is [var only] ? only : new AggregateException(faults);
    }
}
