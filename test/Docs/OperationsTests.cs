using System.Diagnostics.Metrics;
using System.Reflection;
using System.Text.RegularExpressions;
using Microsoft.Extensions.Logging;

namespace Kestrel.Streams.Tests;

/// <summary>The tables of docs/operations.md are those of the code.</summary>
public partial class OperationsTests
{
    private const string Page = "docs/operations.md";

    [Fact]
    public async Task The_table_of_metrics_has_every_instrument()
    {
        await using var server = new StreamServer(static _ => Task.CompletedTask, "127.0.0.1");
        var instruments = new List<string>();
        using var listener = new MeterListener
        {
            InstrumentPublished = (instrument, _) =>
            {
                if (instrument.Meter.Name == "Kestrel.Streams")
                    instruments.Add($"{instrument.Name} | {KindOf(instrument)} | {instrument.Unit} | {instrument.Description}");
            },
        };
        listener.Start();

        Assert.Equal(
            instruments.Order(StringComparer.Ordinal),
            Table("| instrument |").Select(static cells => $"{cells[0].Trim('`')} | {cells[1]} | {cells[2]} | {cells[4]}").Order(StringComparer.Ordinal));
    }

    [Fact]
    public void The_table_of_logs_has_every_event()
    {
        Assembly[] assemblies = [typeof(StreamServer).Assembly, typeof(StreamClient).Assembly];
        var events = assemblies.SelectMany(static assembly => assembly.GetTypes())
            .SelectMany(static type => type.GetMethods(BindingFlags.Static | BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.DeclaredOnly))
            .Select(static method => (Method: method, Message: method.GetCustomAttribute<LoggerMessageAttribute>()))
            .Where(static found => found.Message is not null)
            .Select(static found => $"{CategoryOf(found.Method)} {found.Message!.EventId} {found.Message.EventName ?? found.Method.Name} {LevelOf(found.Message)}");

        Assert.Equal(
            events.Order(StringComparer.Ordinal),
            Table("| category |").Select(static cells => $"{cells[0].Trim('`')} {cells[1]} {cells[2].Trim('`')} {cells[3]}").Order(StringComparer.Ordinal));
    }

    [Fact]
    public void The_tables_of_options_have_every_limit_and_timeout()
    {
        string[] elsewhere =
        [
            "Name", "Hosts", "AddressFamily", "Socket", "Tls", "ReuseAddress", "ReusePort", "LoggerFactory", "Endpoints", "DrainDelay", "WireLog",
            "ProxyProtocol", "UnixFileMode", "UnixGroup", "AllowPeer",
        ];
        var told = Table("| option | unless set | what it does |").Concat(Table("| option | unless set | what is over it |"))
            .Select(static cells => Name().Match(cells[0]).Value).ToList();

        Assert.All(
            typeof(StreamServerOptions).GetProperties().Select(static property => property.Name).Except(elsewhere, StringComparer.Ordinal),
            name => Assert.Contains(name, told));
        Assert.All(told, static name => Assert.NotNull(typeof(StreamServerOptions).GetProperty(name)));
    }

    private static string KindOf(Instrument instrument) => instrument switch
    {
        ObservableUpDownCounter<long> => "up-down counter, observable",
        ObservableCounter<long> => "counter, observable",
        Counter<long> => "counter",
        Histogram<double> => "histogram",
        _ => instrument.GetType().Name,
    };

    // A message without a level of its own has it as a parameter.
    private static string LevelOf(LoggerMessageAttribute message) => message.Level is LogLevel.None ? "varies" : message.Level.ToString();

    private static string CategoryOf(MethodInfo method) =>
        method.DeclaringType!.Assembly == typeof(StreamClient).Assembly ? "Kestrel.Streams.Client"
        : method.Name.StartsWith("Wire", StringComparison.Ordinal) ? "Kestrel.Streams.Wire"
        : "Kestrel.Streams.Server";

    private static IEnumerable<string[]> Table(string head)
    {
        var lines = Pages.Lines(Page);
        var start = Array.FindIndex(lines, line => line.StartsWith(head, StringComparison.Ordinal));
        Assert.True(start >= 0, $"{Page} has no table that begins with {head}");
        return lines.Skip(start + 2).TakeWhile(static line => line.StartsWith('|')).Select(static line => line.Split('|', StringSplitOptions.TrimEntries)[1..^1]);
    }

    [GeneratedRegex(@"(?<=^`)\w+", RegexOptions.None, 1000)]
    private static partial Regex Name();
}
