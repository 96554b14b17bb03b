using System.Diagnostics;

namespace Kestrel.Streams;

/// <summary>What a connection has to pass before its handler is called.</summary>
internal sealed class Admission(StreamServerOptions options, ConnectionGate gate, ServerLog log)
{
    /// <summary>Whether the handler may be called; otherwise the connection is to be closed, and the log tells why.</summary>
    public async ValueTask<bool> AdmitAsync(ServedConnection connection)
    {
        var (stream, terms) = (connection.Stream, connection.Terms);
        if (terms.AllowPeer is { } allowPeer) connection.Refusal = PeerGate.Admit(stream, allowPeer, log.Logger);
        if (connection.Refusal is null && terms.Proxy is { } proxy)
            connection.Refusal = await proxy.AdmitAsync(stream, log.Logger, connection.StopRequested).ConfigureAwait(false);
        if (connection.Refusal is not null || !TakesPlaceOfAddress(connection)) return false;
        return terms.Tls is not { } tls || await ShakeHandsAsync(connection, tls).ConfigureAwait(false);
    }

    /// <summary>The connection has ended.</summary>
    public void Release(ServedConnection connection)
    {
        if (connection.CountedAddress is { } address) gate.Leave(address);
    }

    /// <summary>Behind a proxy the address is known only now; elsewhere the listener has counted it.</summary>
    private bool TakesPlaceOfAddress(ServedConnection connection)
    {
        var stream = connection.Stream;
        if (options.MaxConnectionsPerAddress is not { } max || connection.Terms.Proxy is null || ConnectionGate.AddressOf(stream.RemoteEndPoint) is not { } address)
            return true;
        if (gate.TryEnter(address))
        {
            connection.CountedAddress = address;
            return true;
        }

        connection.Refusal = RefusalReason.AddressFull;
        log.Logger.AddressIsFull(address.ToString(), max);
        if (connection.Terms.Tls is null) RejectedConnection.TryPart(stream, options.PartingBytes.Span);
        return false;
    }

    private async ValueTask<bool> ShakeHandsAsync(ServedConnection connection, ServerTls tls)
    {
        var stream = connection.Stream;
        var start = Stopwatch.GetTimestamp();
        try
        {
            await tls.ShakeHandsAsync(stream).ConfigureAwait(false);
            connection.Meter.ShookHands(Stopwatch.GetElapsedTime(start), stream.TlsVersion(), error: null);
            return true;
        }
        catch (ObjectDisposedException) when (connection.StopRequested.IsCancellationRequested)
        {
            // Our own stop has cut it: the peer has done nothing wrong.
            connection.Refusal = RefusalReason.Stopping;
            log.Logger.HandshakeCut(stream.Id, stream.Peer());
            return false;
        }
        catch (Exception e) when (ServerTls.WhyItFailed(e) is { } reason)
        {
            connection.Refusal = RefusalReason.HandshakeFailed;
            connection.Meter.ShookHands(Stopwatch.GetElapsedTime(start), version: null, e.GetBaseException().GetType().FullName);
            log.Logger.HandshakeFailed(stream.Id, stream.Peer(), reason);
            return false;
        }
    }
}
