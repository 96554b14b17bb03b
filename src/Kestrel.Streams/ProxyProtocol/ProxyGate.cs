using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.Logging;

namespace Kestrel.Streams;

/// <summary>Lets connections of the PROXY protocol in: from trusted sources, with a header, in time.</summary>
internal sealed class ProxyGate(ProxyProtocolOptions options, TimeProvider time)
{
    // As they are now: the options may change afterwards.
    private readonly IPNetwork[] _trusted = [.. options.TrustedSources];
    private readonly TimeSpan _timeout = options.Timeout;

    /// <summary>That of some options, as they are now; null for none.</summary>
    public static ProxyGate? Of(ProxyProtocolOptions? options, StreamServerOptions server) => options is null ? null : new ProxyGate(options, server.TimeProvider);

    /// <summary>Reads the header and tells the stream what it says, or aborts the stream and logs why.</summary>
    /// <returns>Null, or the reason word of the refusal.</returns>
    public async ValueTask<string?> AdmitAsync(ConnectionStream stream, ILogger log, CancellationToken stopping)
    {
        if (stream.RemoteEndPoint is not { } peer) return stream.Refuse(log, LogLevel.Debug, RefusalReason.ProxyInvalid, "it was gone before its address could be looked at");
        if (!IsTrusted(peer))
        {
            return stream.Refuse(log, LogLevel.Warning, RefusalReason.ProxyUntrusted,
                "it is none of the trusted sources of the PROXY protocol; if it is your proxy, add it to TrustedSources");
        }

        using var late = new CancellationTokenSource(_timeout, time);
        try
        {
            var (header, _, fault) = await ProxyHeaderReader.ReadAsync(stream, late.Token).ConfigureAwait(false);
            if (header is not null)
            {
                Tell(stream, header);
                return null;
            }

            if (fault is not null) return stream.Refuse(log, LogLevel.Information, RefusalReason.ProxyInvalid, fault);
            // The stop has ended the input: the proxy has done nothing wrong.
            if (stopping.IsCancellationRequested) return stream.Refuse(log, LogLevel.Debug, RefusalReason.Stopping, "the server stops, and its PROXY header has not come yet");
            var count = stream.Input.Buffer.Length;
            // A monitor that only looks whether the port answers.
            if (count == 0) return stream.Refuse(log, LogLevel.Debug, RefusalReason.ProxyInvalid, "it ended without a byte, and so without a PROXY header");
            return stream.Refuse(log, LogLevel.Information, RefusalReason.ProxyInvalid, string.Create(CultureInfo.InvariantCulture, $"it ended within its PROXY header, after {count} bytes"));
        }
        catch (IOException)
        {
            return stream.Refuse(log, LogLevel.Information, RefusalReason.ProxyInvalid, "it broke within its PROXY header");
        }
        catch (OperationCanceledException) when (late.IsCancellationRequested)
        {
            return stream.Refuse(log, LogLevel.Information, RefusalReason.ProxyTimeout,
                string.Create(CultureInfo.InvariantCulture, $"no whole PROXY header has come within {_timeout.TotalSeconds:0.###} seconds"));
        }
    }

    private static void Tell(ConnectionStream stream, ProxyHeader header)
    {
        stream.Tell("proxy", header);
        if (header.SourceEndPoint is not { } source || header.DestinationEndPoint is not { } destination) return;
        stream.Tell("peername", source);
        stream.Tell("sockname", destination);
    }

    private bool IsTrusted(EndPoint peer) => peer switch
    {
        UnixDomainSocketEndPoint => true,
        IPEndPoint { Address: var address } => IsTrusted(address) || (address.IsIPv4MappedToIPv6 && IsTrusted(address.MapToIPv4())),
        _ => false,
    };

    private bool IsTrusted(IPAddress address) => Array.Exists(_trusted, network => network.Contains(address));
}
