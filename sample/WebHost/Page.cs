using System.Net.ServerSentEvents;
using System.Runtime.CompilerServices;

namespace Kestrel.Streams.Samples.WebHost;

/// <summary>What the page in <c>wwwroot</c> asks for: the guide once, and the figures for as long as it is open.</summary>
internal static class Page
{
    private static readonly TimeSpan _pace = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan _quiet = TimeSpan.FromSeconds(15);

    public static void MapPage(this WebApplication app, EchoFigures figures)
    {
        app.MapGet("/guide", () => Guide.Of(app));
        app.MapGet("/figures", () => figures.Now);
        app.MapGet("/figures/live", () => TypedResults.ServerSentEvents(WatchAsync(figures, app.Lifetime.ApplicationStopping)));
    }

    // Looks at the figures a few times a second: an echo must not be slower because somebody watches. Ends when the host
    // stops or the page goes; says something now and then, so that a page that went without a word is found out.
    private static async IAsyncEnumerable<SseItem<EchoFigures.Snapshot>> WatchAsync(
        EchoFigures figures, CancellationToken stopping, [EnumeratorCancellation] CancellationToken gone = default)
    {
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(stopping, gone);
        using var timer = new PeriodicTimer(_pace);
        EchoFigures.Snapshot? told = null;
        var quiet = TimeSpan.Zero;
        do
        {
            var now = figures.Now;
            quiet += _pace;
            if (now == told && quiet < _quiet)
                continue;
            (told, quiet) = (now, TimeSpan.Zero);
            yield return new SseItem<EchoFigures.Snapshot>(now) { ReconnectionInterval = TimeSpan.FromSeconds(1) };
        }
        while (await TickAsync(timer, ended.Token));
    }

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
