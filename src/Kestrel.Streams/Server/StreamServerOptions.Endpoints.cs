namespace Kestrel.Streams;

/// <content>Where a server of <c>AddStreamServer</c> listens.</content>
public partial class StreamServerOptions
{
    /// <summary>
    /// Where a server of <c>AddStreamServer</c> listens; <see cref="Listen"/> adds to it. Endpoints of the configuration are used in place
    /// of all of these. <see cref="StreamServer"/> and <see cref="UnixStreamServer"/> have their address from their constructor.
    /// </summary>
    public IList<StreamEndpointOptions> Endpoints { get; private set; } = [];

    /// <summary>Adds an address to listen on: <c>tcp://0.0.0.0:8888</c>, <c>tls://*:8889</c>, <c>unix:/run/echo.sock</c>; see <see cref="StreamEndpointOptions.Url"/>.</summary>
    /// <param name="url">The address; a wrong one is reported at the start, together with all that is wrong.</param>
    /// <param name="configure">Sets what is special to this endpoint; null for nothing.</param>
    /// <returns>These options.</returns>
    public StreamServerOptions Listen(string url, Action<StreamEndpointOptions>? configure = null)
    {
        ArgumentNullException.ThrowIfNull(url);
        var endpoint = new StreamEndpointOptions { Url = url };
        configure?.Invoke(endpoint);
        Endpoints.Add(endpoint);
        return this;
    }

    internal void ReplaceEndpoints(IEnumerable<StreamEndpointOptions> endpoints) => Endpoints = [.. endpoints];
}
