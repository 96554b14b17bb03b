using System.Net.Security;
using System.Net.Sockets;

namespace Kestrel.Streams;

/// <summary>
/// Opens connections and gives each as a <see cref="ConnectionStream"/>. asyncio: <c>asyncio.connect</c>, <c>asyncio.connect_unix</c>.
/// </summary>
/// <remarks>
/// <para>What cannot be connected is a <see cref="StreamConnectException"/>, an <see cref="IOException"/>: nobody there, a name that
/// is not known, <see cref="StreamClientOptions.ConnectTimeout"/>. A server that is not the one it should be is an
/// <see cref="System.Security.Authentication.AuthenticationException"/>. What cannot be meant is an <see cref="ArgumentException"/> that
/// names the parameter. In all these cases, and when it is cancelled, a connect leaves no socket behind.</para>
/// <para>Dispose the stream to close the connection: <c>await using var stream = await StreamClient.ConnectAsync(...)</c>.</para>
/// </remarks>
public static partial class StreamClient
{
    private static readonly StreamClientOptions _defaults = new();

    /// <summary>Sets on a connected socket what the options say of it.</summary>
    internal static void Configure(Socket socket, StreamClientOptions options)
    {
        if (socket.AddressFamily is AddressFamily.InterNetwork or AddressFamily.InterNetworkV6)
        {
            socket.NoDelay = options.NoDelay;
            if (options.KeepAlive is { } idle)
            {
                socket.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.KeepAlive, true);
                socket.SetSocketOption(SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveTime, (int)Math.Ceiling(idle.TotalSeconds));
            }
        }
    }

    private static ConnectionStream Open(Socket socket, StreamClientOptions options)
    {
        Configure(socket, options);
        return ConnectionStream.Create(StreamTransport.FromSocket(socket), new ConnectionStreamOptions { Limit = options.Limit });
    }

    private static async Task<ConnectionStream> SecureAsync(
        ConnectionStream stream, SslClientAuthenticationOptions tls, TimeSpan handshakeTimeout, CancellationToken cancellationToken)
    {
        try
        {
            await stream.StartTlsAsync(tls, handshakeTimeout, cancellationToken).ConfigureAwait(false);
            return stream;
        }
        catch
        {
            await stream.DisposeAsync().ConfigureAwait(false);
            await stream.WaitClosedAsync(CancellationToken.None).ConfigureAwait(false); // at most a second, for the alert to arrive
            throw;
        }
    }
}
