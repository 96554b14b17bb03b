using System.Net;
using System.Net.Sockets;

namespace Kestrel.Streams;

/// <summary>
/// Tries the addresses of a host until one connects: RFC 8305, section 5. An attempt that fails starts the next one at once, one that
/// does not answer has it started beside itself after a while, and the first to connect ends the others.
/// </summary>
internal sealed class AddressRace(StreamClientOptions options, ConnectClock clock, AddressRace.Dial dial)
{
    /// <summary>Connects a socket to an address; its token ends it soon, and leaves no socket.</summary>
    public delegate Task<Socket> Dial(EndPoint endPoint, CancellationToken cancellationToken);

    // Two sockets cannot be bound to one port at once.
    private readonly bool _inTurn =
        options.HappyEyeballsDelay == Timeout.InfiniteTimeSpan || options.LocalEndPoint is IPEndPoint { Port: not 0 };

    /// <summary>Connects to one of the end points. No socket is left but the one that is returned, and none when something goes wrong.</summary>
    public async Task<Socket> RunAsync(EndPoint target, IReadOnlyList<EndPoint> endPoints, CancellationToken cancellationToken)
    {
        using var over = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var attempts = new List<Task<Attempt>>(endPoints.Count);
        var running = new List<Task<Attempt>>(endPoints.Count);
        Socket? winner = null;
        do
        {
            var left = endPoints.Count - attempts.Count;
            if (left > 0)
            {
                attempts.Add(TryAsync(endPoints[attempts.Count], left, over.Token));
                running.Add(attempts[^1]);
            }

            if (await FirstToEndAsync(running, Pause(left)).ConfigureAwait(false) is { } ended)
            {
                running.Remove(ended);
                winner = (await ended.ConfigureAwait(false)).Socket;
            }
        }
        while (winner is null && !cancellationToken.IsCancellationRequested && (running.Count > 0 || attempts.Count < endPoints.Count));

        await over.CancelAsync().ConfigureAwait(false);
        var outcomes = await Task.WhenAll(attempts).ConfigureAwait(false);
        foreach (var (_, socket, _) in outcomes)
        {
            if (socket != winner)
                socket?.Dispose(); // connected in the same moment
        }

        if (winner is not null)
            return winner;
        cancellationToken.ThrowIfCancellationRequested();
        throw ConnectFailure.AllFailed(target, [.. outcomes.Select(outcome => (outcome.EndPoint, outcome.Error!))]);
    }

    private async Task<Attempt> TryAsync(EndPoint endPoint, int left, CancellationToken cancellationToken)
    {
        try
        {
            var socket = await clock.RunAsync(token => dial(endPoint, token), _inTurn ? left : 1, cancellationToken).ConfigureAwait(false);
            return new(endPoint, socket, null);
        }
        catch (Exception error)
        {
            return new(endPoint, null, error);
        }
    }

    /// <summary>How long the attempt that was just started is alone: never so long that there is no time for the rest.</summary>
    private TimeSpan Pause(int left)
    {
        if (_inTurn || left <= 1)
            return Timeout.InfiniteTimeSpan;
        var share = clock.Share(left);
        return share == Timeout.InfiniteTimeSpan || share > options.HappyEyeballsDelay ? options.HappyEyeballsDelay : share;
    }

    private async Task<Task<Attempt>?> FirstToEndAsync(List<Task<Attempt>> running, TimeSpan pause)
    {
        try
        {
            return await Task.WhenAny(running).WaitAsync(pause, options.Time).ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
            return null;
        }
    }

    private readonly record struct Attempt(EndPoint EndPoint, Socket? Socket, Exception? Error);
}
