using System.Net;

namespace Kestrel.Streams;

public sealed partial class ConnectionStream
{
    // Replaced as a whole, so that whoever asks needs no lock.
    private volatile Dictionary<string, object>? _told;

    /// <summary>The address of this end, or null where there is none. asyncio: <c>get_extra_info('sockname')</c>.</summary>
    public EndPoint? LocalEndPoint => Told("sockname") as EndPoint ?? Transport.LocalEndPoint;

    /// <summary>The address of the other end, or null where there is none. asyncio: <c>get_extra_info('peername')</c>.</summary>
    public EndPoint? RemoteEndPoint => Told("peername") as EndPoint ?? Transport.RemoteEndPoint;

    /// <summary>Tells what is known about the connection under one of asyncio's names. asyncio: <c>get_extra_info</c>.</summary>
    /// <param name="name">
    /// The name: <c>peername</c>, <c>sockname</c>, <c>socket</c>, <c>peercred</c> (a <see cref="UnixPeerCredentials"/>), and what else the
    /// transport knows.
    /// </param>
    /// <param name="defaultValue">What to return for what is not known.</param>
    /// <returns>The value, or <paramref name="defaultValue"/>; also after the close.</returns>
    /// <exception cref="ArgumentNullException">There is no name.</exception>
    public object? GetExtraInfo(string name, object? defaultValue = null)
    {
        ArgumentNullException.ThrowIfNull(name);
        return Told(name) ?? Transport.GetExtraInfo(name) ?? defaultValue;
    }

    /// <summary>
    /// Adds what is known about the connection from above its transport, such as the original address that a proxy has told, or the
    /// user of an HTTP request. It goes before what the transport knows, and stays after the close.
    /// </summary>
    internal void Tell(string name, object value)
    {
        lock (_gate)
            _told = new Dictionary<string, object>(_told ?? [], StringComparer.Ordinal) { [name] = value };
    }

    private object? Told(string name) => _told is { } told && told.TryGetValue(name, out var value) ? value : null;
}
