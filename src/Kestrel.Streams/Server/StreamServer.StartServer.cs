namespace Kestrel.Streams;

public sealed partial class StreamServer
{
    /// <summary>
    /// Makes a server whose callback gets each stream in two roles, and starts it. asyncio: <c>start_server</c>.
    /// </summary>
    /// <remarks>
    /// As everywhere here, a stream is closed when its callback returns, and aborted when it throws: in asyncio the callback closes the
    /// writer, which it may do here too. A plain callable, behind which the stream stays open, is a callback that waits:
    /// <c>(reader, writer) =&gt; { callable(reader, writer); return writer.WaitClosedAsync(); }</c>.
    /// </remarks>
    /// <inheritdoc cref="StreamServer(Func{ConnectionStream, Task}, string?, int, StreamServerOptions?)" path="/exception"/>
    /// <param name="clientConnected">Serves one connection by its reader and its writer, which are one <see cref="ConnectionStream"/>.</param>
    /// <param name="host">The host name or address to listen on; null for all interfaces, IPv4 and IPv6.</param>
    /// <param name="port">The port; 0 for a free one, which <see cref="StreamServerBase.EndPoints"/> tells.</param>
    /// <param name="options">How to listen and serve, or null for the defaults.</param>
    /// <param name="startServing">
    /// Whether it accepts connections at once; false for a server that is only bound. asyncio: <c>start_serving</c>.
    /// </param>
    /// <param name="cancellationToken">Gives up; nothing is bound then.</param>
    /// <returns>The server, which the caller closes.</returns>
    /// <exception cref="IOException">An address cannot be bound: the message names it; nothing is bound then.</exception>
    [Obsolete("start_server gives two names to one stream: make a StreamServer and call its StartServingAsync.")]
    public static Task<StreamServer> StartServerAsync(
        Func<IStreamReader, IStreamWriter, Task> clientConnected,
        string? host = null,
        int port = 0,
        StreamServerOptions? options = null,
        bool startServing = true,
        CancellationToken cancellationToken = default) =>
        StartAsync(new StreamServer(ClientConnected.Of(clientConnected), host, port, options), startServing, cancellationToken);
}
