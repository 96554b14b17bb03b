using System.Diagnostics;
using System.Net;

namespace Kestrel.Streams;

/// <summary>A connection while a server serves it.</summary>
internal sealed class ServedConnection : HandledStream, IDisposable
{
    private readonly StreamServerBase _server;
    private readonly CancellationTokenSource? _stop;
    private readonly long _accepted = Stopwatch.GetTimestamp();

    /// <param name="server">The server.</param>
    /// <param name="stream">The stream.</param>
    /// <param name="terms">What holds at its endpoint.</param>
    /// <param name="meter">Where it is counted.</param>
    /// <param name="endsAlone">Whether it may be asked to end on its own.</param>
    /// <param name="requested">Fires when the server asks its connections to end.</param>
    public ServedConnection(
        StreamServerBase server, ConnectionStream stream, EndpointTerms terms, EndpointMeter meter, bool endsAlone, CancellationToken requested)
        : base(server, stream)
    {
        (_server, Terms, Meter) = (server, terms, meter);
        _stop = endsAlone ? CancellationTokenSource.CreateLinkedTokenSource(requested) : null;
        StopRequested = _stop?.Token ?? requested;
    }

    public EndpointTerms Terms { get; }

    /// <summary>Where it is counted.</summary>
    public EndpointMeter Meter { get; }

    /// <summary>How long it has been there.</summary>
    public TimeSpan Age => Stopwatch.GetElapsedTime(_accepted);

    /// <summary>Why it got no handler, in a word of <see cref="RefusalReason"/>; null when that did not happen.</summary>
    public string? Refusal { get; set; }

    /// <summary>Fires when this connection is to end, with the server or on its own.</summary>
    public CancellationToken StopRequested { get; }

    /// <summary>Its span; null while nobody wants spans.</summary>
    public Activity? Span { get; set; }

    /// <summary>The watch over its times; null before its handler is called, and where it has none.</summary>
    public ConnectionClock? Clock { get; set; }

    /// <summary>The address that one of the places for it was taken for; null for none.</summary>
    public IPAddress? CountedAddress { get; set; }

    /// <summary>Lets the connection in, and calls the handler.</summary>
    public override Task HandleAsync() => _server.HandleAsync(this, Stopping);

    /// <summary>Asks the connection to end, as at the stop of the server.</summary>
    public void RequestStop()
    {
        try
        {
            _stop?.Cancel();
        }
        catch (ObjectDisposedException)
        {
            // It has ended already.
        }
    }

    public void Dispose() => _stop?.Dispose();
}
