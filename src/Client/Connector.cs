using System.Net;
using System.Net.Sockets;

namespace Kestrel.Streams;

/// <summary>Turns an end point into a connected socket. One for each connect.</summary>
internal sealed class Connector(StreamClientOptions options)
{
    private readonly ConnectClock _clock = new(options.ConnectTimeout, options.Time);

    /// <summary>Connects; whatever goes wrong, no socket is left.</summary>
    public Task<Socket> ConnectAsync(EndPoint target, CancellationToken cancellationToken) =>
        cancellationToken.IsCancellationRequested ? Task.FromCanceled<Socket>(cancellationToken)
        : options.ConnectCallback is { } callback ? CallBackAsync(callback, target, cancellationToken)
        : RaceAsync(target, cancellationToken);

    private async Task<Socket> RaceAsync(EndPoint target, CancellationToken cancellationToken)
    {
        var endPoints = await new NameResolver(options, _clock).ResolveAsync(target, cancellationToken).ConfigureAwait(false);
        var race = new AddressRace(options, _clock, (endPoint, token) => SocketDialer.DialAsync(endPoint, options.LocalEndPoint, token));
        return await race.RunAsync(target, endPoints, cancellationToken).ConfigureAwait(false);
    }

    private async Task<Socket> CallBackAsync(
        Func<StreamConnectContext, CancellationToken, ValueTask<Socket>> callback, EndPoint target, CancellationToken cancellationToken)
    {
        Socket socket;
        try
        {
            socket = await _clock.RunAsync(
                token => callback(new StreamConnectContext(target, options), token).AsTask().OrLeftBehindAsync(token),
                1,
                cancellationToken).ConfigureAwait(false);
        }
        catch (Exception error)
        {
            cancellationToken.ThrowIfCancellationRequested();
            throw ConnectFailure.AllFailed(target, [(target, error)]);
        }

        if (socket is null)
            throw new InvalidOperationException($"ConnectCallback returned null for {target.Describe()}: it must return a connected stream socket.");
        try
        {
            SocketTransport.Check(socket);
            return socket;
        }
        catch (ArgumentException unfit)
        {
            socket.Dispose();
            throw new InvalidOperationException($"ConnectCallback returned an unfit socket for {target.Describe()}. {unfit.Message}", unfit);
        }
    }
}
