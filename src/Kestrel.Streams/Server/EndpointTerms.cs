namespace Kestrel.Streams;

/// <summary>What holds for the connections of one endpoint.</summary>
/// <param name="Name">The endpoint in logs, metrics and traces.</param>
/// <param name="Tls">The TLS of its connections; null for none.</param>
internal sealed record EndpointTerms(string Name, ServerTls? Tls)
{
    /// <summary>What the options of a server say for an endpoint that has nothing of its own.</summary>
    /// <exception cref="ArgumentException">They cannot be meant.</exception>
    public static EndpointTerms Of(string name, StreamServerOptions options) => new(name, ServerTls.Of(options));
}
