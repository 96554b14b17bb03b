using System.Net;
using System.Net.Sockets;

namespace Kestrel.Streams;

/// <summary>Writes the one sentence of a <see cref="StreamConnectException"/>.</summary>
internal static class ConnectFailure
{
    /// <summary>Every address was tried in vain.</summary>
    public static StreamConnectException AllFailed(EndPoint target, IReadOnlyList<(EndPoint EndPoint, Exception Error)> attempts)
    {
        var where = target.Describe();
        var why = attempts is [var (only, error)] && only.Describe() == where
            ? Reason(only, error)
            : string.Join(", ", attempts.Select(attempt => $"{attempt.EndPoint.Describe()} ({Reason(attempt.EndPoint, attempt.Error)})"));
        return new StreamConnectException($"Could not connect to {where}: {why}.", attempts);
    }

    /// <summary>There was no address to try.</summary>
    public static StreamConnectException NotResolved(DnsEndPoint target, AddressFamily family, Exception error) =>
        new($"Could not connect to {target.Describe()}: {target.Host} could not be resolved to an {family.Describe()}: {Reason(target, error)}.",
            [(target, error)]);

    /// <summary>The addresses that are there are not of the family that was asked for.</summary>
    public static StreamConnectException WrongFamily(EndPoint target, AddressFamily family, IEnumerable<IPAddress> found)
    {
        var reason = $"no {family.Describe()} (as AddressFamily asks) among: {string.Join(", ", found)}";
        return AllFailed(target, [(target, new SocketException((int)SocketError.AddressFamilyNotSupported, reason))]);
    }

    /// <summary>The connection is there, and no WebSocket over it.</summary>
    public static StreamConnectException NoWebSocket(Uri uri, EndPoint target, HttpStatusCode status, Exception error)
    {
        using var answer = new HttpResponseMessage(status);
        var why = status != default
            ? $"the server answered {(int)status} {answer.ReasonPhrase}, and does not take it"
            : (error.GetBaseException() is SocketException broken ? broken : error).Message.TrimEnd('.');
        return new StreamConnectException($"Could not open a WebSocket at {uri}: {why}.", [(target, error)])
        {
            IsRefusal = (int)status is >= 400 and < 500 && status is not (HttpStatusCode.RequestTimeout or HttpStatusCode.TooManyRequests),
        };
    }

    private static string Describe(this AddressFamily family) => family switch
    {
        AddressFamily.InterNetwork => "IPv4 address",
        AddressFamily.InterNetworkV6 => "IPv6 address",
        _ => "IP address",
    };

    // A path that is not there comes as "Cannot assign requested address", which tells nobody anything.
    private static string Reason(EndPoint endPoint, Exception error) =>
        endPoint is UnixDomainSocketEndPoint && error is SocketException { SocketErrorCode: SocketError.AddressNotAvailable }
            ? "No such file or directory"
            : error.Message.TrimEnd('.');
}
