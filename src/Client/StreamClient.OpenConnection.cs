using System.Net.Sockets;

namespace Kestrel.Streams;

public static partial class StreamClient
{
    /// <summary>
    /// <see cref="ConnectAsync(string, int, StreamClientOptions?, CancellationToken)"/>, with the stream in two roles. asyncio:
    /// <c>open_connection(host, port)</c>.
    /// </summary>
    /// <param name="host">As there.</param>
    /// <param name="port">As there.</param>
    /// <param name="options">As there.</param>
    /// <param name="cancellationToken">As there.</param>
    /// <returns>A reader and a writer: one <see cref="ConnectionStream"/>, so closing the writer closes both. It throws as the other does.</returns>
    [Obsolete("open_connection gives two names to one stream: use ConnectAsync.")]
    public static Task<(IStreamReader Reader, IStreamWriter Writer)> OpenConnectionAsync(
        string host, int port, StreamClientOptions? options = null, CancellationToken cancellationToken = default) =>
        InTwoRolesAsync(ConnectAsync(host, port, options, cancellationToken));

    /// <summary>
    /// <see cref="ConnectAsync(Socket, StreamClientOptions?, CancellationToken)"/>, with the stream in two roles. asyncio:
    /// <c>open_connection(sock=...)</c>, <c>open_unix_connection(sock=...)</c>.
    /// </summary>
    /// <param name="socket">As there.</param>
    /// <param name="options">As there.</param>
    /// <param name="cancellationToken">As there.</param>
    /// <returns>A reader and a writer: one <see cref="ConnectionStream"/>, so closing the writer closes both. It throws as the other does.</returns>
    [Obsolete("open_connection gives two names to one stream: use ConnectAsync.")]
    public static Task<(IStreamReader Reader, IStreamWriter Writer)> OpenConnectionAsync(
        Socket socket, StreamClientOptions? options = null, CancellationToken cancellationToken = default) =>
        InTwoRolesAsync(ConnectAsync(socket, options, cancellationToken));

    /// <summary>
    /// <see cref="ConnectUnixAsync(string, StreamClientOptions?, CancellationToken)"/>, with the stream in two roles. asyncio:
    /// <c>open_unix_connection(path)</c>.
    /// </summary>
    /// <param name="path">As there.</param>
    /// <param name="options">As there.</param>
    /// <param name="cancellationToken">As there.</param>
    /// <returns>A reader and a writer: one <see cref="ConnectionStream"/>, so closing the writer closes both. It throws as the other does.</returns>
    [Obsolete("open_unix_connection gives two names to one stream: use ConnectUnixAsync.")]
    public static Task<(IStreamReader Reader, IStreamWriter Writer)> OpenUnixConnectionAsync(
        string path, StreamClientOptions? options = null, CancellationToken cancellationToken = default) =>
        InTwoRolesAsync(ConnectUnixAsync(path, options, cancellationToken));

    private static async Task<(IStreamReader Reader, IStreamWriter Writer)> InTwoRolesAsync(Task<ConnectionStream> connecting)
    {
        var stream = await connecting.ConfigureAwait(false);
        return (stream, stream);
    }
}
