using System.Net;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Connections.Features;

namespace Kestrel.Streams;

/// <summary>The pipes of a connection that is not our own listener's, with what its features tell.</summary>
internal sealed class ContextTransport(ConnectionContext connection) : PipeTransport(connection.Transport)
{
    // Kept here because a disposed connection forgets them.
    private readonly EndPoint? _localEndPoint = connection.LocalEndPoint;
    private readonly EndPoint? _remoteEndPoint = connection.RemoteEndPoint;

    public override EndPoint? LocalEndPoint => _localEndPoint;

    public override EndPoint? RemoteEndPoint => _remoteEndPoint;

    public override object? GetExtraInfo(string name) => name switch
    {
        "socket" => connection.Features.Get<IConnectionSocketFeature>()?.Socket,
        _ => base.GetExtraInfo(name),
    };

    public override void Abort(Exception? reason)
    {
        connection.Abort(new ConnectionAbortedException(reason?.Message ?? "The stream was aborted.", reason!));
        base.Abort(reason);
    }
}
