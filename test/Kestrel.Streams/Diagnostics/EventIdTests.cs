using System.Reflection;
using Microsoft.Extensions.Logging;

namespace Kestrel.Streams.Tests;

/// <summary>The ids and names of the log events, which operators write into filters: a change is a breaking change.</summary>
public class EventIdTests
{
    private static readonly IReadOnlyList<(int Id, string Name, LogLevel Level)> _events =
    [
        .. typeof(StreamServer).Assembly.GetTypes()
            .SelectMany(static type => type.GetMethods(BindingFlags.Static | BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.DeclaredOnly))
            .Select(static method => (Method: method, Message: method.GetCustomAttribute<LoggerMessageAttribute>()))
            .Where(static found => found.Message is not null)
            .Select(static found => (found.Message!.EventId, found.Message.EventName ?? found.Method.Name, found.Message.Level))
            .OrderBy(static found => found.EventId),
    ];

    [Fact]
    public void No_id_and_no_name_is_used_twice()
    {
        Assert.Equal(_events.Select(static e => e.Id).Distinct(), _events.Select(static e => e.Id));
        Assert.Equal(_events.Count, _events.Select(static e => e.Name).Distinct(StringComparer.Ordinal).Count());
    }

    [Fact]
    public void The_ids_are_what_they_were() => Assert.Equal(
        [
            (1, "HandlerFailed", LogLevel.Error),
            (2, "ConnectionBroken", LogLevel.Debug),
            (3, "HandlerStopped", LogLevel.Debug),
            (4, "HandlerIgnoresStop", LogLevel.Error),
            (5, "Listening", LogLevel.Information),
            (6, "ServerClosed", LogLevel.Information),
            (7, "AcceptFailed", LogLevel.Warning),
            (8, "HandshakeFailed", LogLevel.Information),
            (9, "HandshakeCut", LogLevel.Debug),
            (10, "StoppingCallbackFailed", LogLevel.Error),
            (11, "ServerIsFull", LogLevel.Warning),
            (12, "Rejected", LogLevel.Debug),
            (13, "AddressIsFull", LogLevel.Debug),
            (14, "TimedOut", LogLevel.Debug),
            (31, "ConnectionRefused", LogLevel.None),
            (32, "PeerFilterFailed", LogLevel.Error),
            (40, "WireReceived", LogLevel.Information),
            (41, "WireReceivedEnd", LogLevel.Information),
            (42, "WireSent", LogLevel.Information),
            (43, "WireSentFile", LogLevel.Information),
        ],
        _events);
}
