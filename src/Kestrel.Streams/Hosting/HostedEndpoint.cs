namespace Kestrel.Streams;

/// <summary>An endpoint of a server of <c>AddStreamServer</c>, checked and ready to be bound.</summary>
internal sealed class HostedEndpoint(StreamAddress address, EndpointTerms terms, string where)
{
    /// <summary>Binds the address.</summary>
    /// <exception cref="IOException">It cannot be bound: the message names the address and where it is set.</exception>
    public async Task<IReadOnlyList<BoundSocket>> BindAsync(StreamServerOptions options, CancellationToken cancellationToken)
    {
        try
        {
            return await BindCoreAsync(options, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception e) when (e is IOException or InvalidOperationException)
        {
            throw new EndpointException($"{where}: {e.Message}", e);
        }
    }

    private async Task<IReadOnlyList<BoundSocket>> BindCoreAsync(StreamServerOptions options, CancellationToken cancellationToken) => address switch
    {
        { Kind: StreamAddressKind.Descriptor } => [InheritedSocket.Bind(address.Descriptor, address, terms)],
        { Kind: StreamAddressKind.Systemd } => BindSystemd(),
        { Kind: StreamAddressKind.Unix } => [UnixBinder.Bind(address.Path, options, terms)],
        { Host: StreamAddress.AllInterfaces } => await TcpBinder.BindAsync([], address.Port, options, terms, cancellationToken).ConfigureAwait(false),
        { Host: { } host } => await TcpBinder.BindAsync([host], address.Port, options, terms, cancellationToken).ConfigureAwait(false),
        _ => throw new InvalidOperationException($"Nothing can listen on {address}."),
    };

    private List<BoundSocket> BindSystemd()
    {
        SystemdSockets.KeepToOurselves();
        var bound = new List<BoundSocket>();
        try
        {
            foreach (var descriptor in SystemdSockets.Find(address)) bound.Add(InheritedSocket.Bind(descriptor, address, terms));
            return bound;
        }
        catch (Exception)
        {
            foreach (var socket in bound) socket.Dispose();
            throw;
        }
    }
}
