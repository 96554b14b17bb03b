using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Http.Connections;

namespace Kestrel.Streams;

/// <summary>The pipes of a connection that is not our own listener's, with what its features tell.</summary>
internal sealed class ContextTransport : PipeTransport
{
    private readonly ConnectionContext _connection;
    private readonly Dictionary<string, object> _facts;
    private readonly Socket? _socket;

    public ContextTransport(ConnectionContext connection)
        : base(connection.Transport)
    {
        _connection = connection;
        _facts = ConnectionFacts.Of(connection.Features);
        _socket = _facts.GetValueOrDefault("socket") as Socket;
        var http = connection.GetHttpContext();
        // Kept here because a disposed connection forgets them. One of MapConnectionHandler never knows them: its request does.
        LocalEndPoint = connection.LocalEndPoint ?? http?.LocalEndPoint();
        RemoteEndPoint = connection.RemoteEndPoint ?? http?.RemoteEndPoint();
        // Such a connection sends text messages unless it is told otherwise.
        if (connection.Features.Get<ITransferFormatFeature>() is { } format) format.ActiveFormat = TransferFormat.Binary;
    }

    public override EndPoint? LocalEndPoint { get; }

    public override EndPoint? RemoteEndPoint { get; }

    public override object? GetExtraInfo(string name) => _facts.GetValueOrDefault(name) ?? base.GetExtraInfo(name);

    private protected override bool IsGone => _socket is { Connected: false };

    public override void Abort(Exception? reason)
    {
        _connection.Abort(new ConnectionAbortedException(reason?.Message ?? "The stream was aborted.", reason!));
        base.Abort(reason);
    }
}
