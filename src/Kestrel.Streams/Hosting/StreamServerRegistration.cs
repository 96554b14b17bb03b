namespace Kestrel.Streams;

/// <summary>A server that was registered with <c>AddStreamServer</c>.</summary>
/// <param name="Name">Its name.</param>
/// <param name="ClientConnected">Makes what it serves a connection with.</param>
internal sealed record StreamServerRegistration(string Name, Func<IServiceProvider, ClientConnected> ClientConnected);
