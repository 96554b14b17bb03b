namespace Kestrel.Streams.Samples.WebHost.Operations;

/// <summary>What the page shows of this node.</summary>
/// <param name="Node">The name of the node.</param>
/// <param name="State"><c>serving</c>, <c>draining</c> or <c>drained</c>.</param>
/// <param name="Trouble">Why it does not hear of the other nodes, or null.</param>
/// <param name="Users">Users of the chat, on all nodes.</param>
/// <param name="Connections">Connections of this node to the chat, by transport.</param>
/// <param name="Lines">Lines that were taken.</param>
/// <param name="Deliveries">Lines that were sent.</param>
/// <param name="SlowReaders">Users that were cut because they did not read.</param>
/// <param name="Rejected">Connections that the servers have rejected, by reason.</param>
/// <param name="Refused">Lines that were not taken, or had to wait, by reason.</param>
/// <param name="Timeouts">Timeouts of connections, by kind.</param>
/// <param name="Drained">Connections that were there when the server closed, by outcome.</param>
/// <param name="Echo">The figures of the echo.</param>
/// <param name="Samples">What the plots have: the last two minutes, or what came since the last figures.</param>
internal sealed record Figures(
    string Node, string State, string? Trouble, int Users, IReadOnlyDictionary<string, long> Connections, long Lines, long Deliveries, long SlowReaders,
    IReadOnlyDictionary<string, long> Rejected, IReadOnlyDictionary<string, long> Refused, IReadOnlyDictionary<string, long> Timeouts,
    IReadOnlyDictionary<string, long> Drained, EchoFigures.Snapshot Echo, IReadOnlyList<Sample> Samples);

/// <summary>One second of the plots.</summary>
/// <param name="At">Its end, in seconds since 1970.</param>
/// <param name="Connections">Connections at its end, by transport.</param>
/// <param name="Lines">Lines that were taken in a second.</param>
/// <param name="Deliveries">Lines that were sent in a second.</param>
/// <param name="Median">From the taking of a line to its sending, in milliseconds: the half was faster. Null when none was sent.</param>
/// <param name="Slowest">The same: 99 of a hundred were faster.</param>
internal sealed record Sample(
    double At, IReadOnlyDictionary<string, long> Connections, double Lines, double Deliveries, double? Median, double? Slowest);
