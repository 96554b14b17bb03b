using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Connections.Features;

namespace Kestrel.Streams;

/// <summary>The pipes of a connection that is not our own listener's, with what its features tell.</summary>
internal sealed class ContextTransport(ConnectionContext connection) : PipeTransport(connection.Transport)
{
    // Kept here because a disposed connection forgets them.
    private readonly EndPoint? _localEndPoint = connection.LocalEndPoint;
    private readonly EndPoint? _remoteEndPoint = connection.RemoteEndPoint;

    private readonly Socket? _socket = connection.Features.Get<IConnectionSocketFeature>()?.Socket;
    private readonly object? _peerCredentials =
        connection.Features.Get<IConnectionSocketFeature>() is { Socket: var socket } ? UnixPeerCredentials.Of(socket) : null;

    public override EndPoint? LocalEndPoint => _localEndPoint;

    public override EndPoint? RemoteEndPoint => _remoteEndPoint;

    public override object? GetExtraInfo(string name) => name switch
    {
        "socket" => _socket,
        "peercred" => _peerCredentials,
        _ => base.GetExtraInfo(name),
    };

    public override void Abort(Exception? reason)
    {
        connection.Abort(new ConnectionAbortedException(reason?.Message ?? "The stream was aborted.", reason!));
        base.Abort(reason);
    }
}
