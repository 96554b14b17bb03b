using System.Net.ServerSentEvents;
using System.Runtime.CompilerServices;
using Kestrel.Streams.Samples.WebHost.Chat;
using Kestrel.Streams.Samples.WebHost.Operations;

namespace Kestrel.Streams.Samples.WebHost;

/// <summary>What the page in <c>wwwroot</c> asks for: the guide once, the figures for as long as it is open, and the drain.</summary>
internal static class Page
{
    private static readonly TimeSpan _pace = TimeSpan.FromMilliseconds(500);

    public static void MapPage(this WebApplication app)
    {
        app.MapGet("/guide", (HttpContext http) => Guide.Of(app) with { IsForOperator = Operators.IsOne(http) });
        app.MapGet("/figures", static (FigureSamples figures) => FiguresSince(figures, 0));
        app.MapGet("/figures/live", (FigureSamples figures) => TypedResults.ServerSentEvents(WatchAsync(figures, app.Lifetime.ApplicationStopping)));
        var operators = app.ForOperators();
        operators.MapPost("/drain", static (ChatDrain drain) =>
        {
            drain.Begin();
            return Results.Accepted();
        });
        operators.MapPost("/serve", static (ChatDrain drain, CancellationToken gone) => drain.EndAsync(gone));
    }

    // Looks at the figures twice a second: the chat must not be slower because somebody watches. Ends when the host stops or the page goes.
    private static async IAsyncEnumerable<SseItem<Figures>> WatchAsync(
        FigureSamples figures, CancellationToken stopping, [EnumeratorCancellation] CancellationToken gone = default)
    {
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(stopping, gone);
        using var timer = new PeriodicTimer(_pace);
        var known = 0L;
        do
        {
            yield return new SseItem<Figures>(figures.Now(ref known)) { ReconnectionInterval = TimeSpan.FromSeconds(1) };
        }
        while (await TickAsync(timer, ended.Token));
    }

    private static Figures FiguresSince(FigureSamples figures, long known) => figures.Now(ref known);

    private static async Task<bool> TickAsync(PeriodicTimer timer, CancellationToken ended)
    {
        try
        {
            return await timer.WaitForNextTickAsync(ended);
        }
        catch (OperationCanceledException)
        {
            return false;
        }
    }
}
