using System.Net.Http.Json;

namespace Kestrel.Streams.Tests;

/// <summary>What the page is told of the chat.</summary>
internal sealed record ChatFigures(
    string State, int Users, Dictionary<string, long> Connections, long Lines, long Deliveries, long SlowReaders, Dictionary<string, long> Rejected,
    Dictionary<string, long> Refused, Dictionary<string, long> Drained, List<ChatSample> Samples)
{
    public static async Task<ChatFigures> OfAsync(SampleHost host) =>
        (await host.Page.GetFromJsonAsync<ChatFigures>(new Uri("/figures", UriKind.Relative)).Within())!;

    /// <summary>Asks until it is so.</summary>
    public static async Task<ChatFigures> UntilAsync(SampleHost host, Func<ChatFigures, bool> reached)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        using var pace = new PeriodicTimer(TimeSpan.FromMilliseconds(50));
        ChatFigures figures;
        while (!reached(figures = await OfAsync(host)))
        {
            if (!limit.IsCancellationRequested) await pace.WaitForNextTickAsync();
            else throw new TimeoutException($"The figures are {figures}");
        }

        return figures;
    }
}

/// <summary>A point of the plots.</summary>
internal sealed record ChatSample(double At, Dictionary<string, long> Connections, double Lines, double Deliveries, double? Median, double? Slowest);
