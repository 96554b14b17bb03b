using System.Net.ServerSentEvents;
using System.Text.Json;

namespace Kestrel.Streams.Tests;

internal sealed record Figures(long ConnectionsNow, long ConnectionsTotal, long Lines, long Bytes);

/// <summary>What the page is told: of the echo here, and of much else.</summary>
internal sealed record HostFigures(Figures Echo);

/// <summary>What an open page is told, event by event.</summary>
internal sealed class LiveFigures : IAsyncDisposable
{
    private readonly Stream _events;
    private readonly IAsyncEnumerator<SseItem<HostFigures>> _figures;

    private LiveFigures(Stream events)
    {
        _events = events;
        _figures = SseParser.Create(events, (_, data) => JsonSerializer.Deserialize<HostFigures>(data, JsonSerializerOptions.Web)!)
            .EnumerateAsync().GetAsyncEnumerator();
    }

    public static async Task<LiveFigures> OpenAsync(HttpClient page) =>
        new(await page.GetStreamAsync(new Uri("/figures/live", UriKind.Relative)).Within());

    /// <summary>The next figures, or null at the end of the stream.</summary>
    public async Task<Figures?> NextAsync() => await _figures.MoveNextAsync().Within() ? _figures.Current.Data.Echo : null;

    public async Task<Figures> UntilAsync(Func<Figures, bool> reached)
    {
        while (await NextAsync() is { } figures)
        {
            if (reached(figures))
                return figures;
        }
        throw new EndOfStreamException("The event stream ended before that.");
    }

    public async ValueTask DisposeAsync()
    {
        await _figures.DisposeAsync();
        await _events.DisposeAsync();
    }
}
