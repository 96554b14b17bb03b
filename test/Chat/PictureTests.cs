using Microsoft.Playwright;

namespace Kestrel.Streams.Tests;

/// <summary>
/// Makes the pictures of the README again: <c>CHAT_PICTURES=$PWD/docs/pictures dotnet test test/Chat -c Release --filter PictureTests</c>.
/// A crowd chats over every transport for half a minute, and four of it where the page listens.
/// </summary>
public sealed class PictureTests(BrowserTests.Browser browser) : IClassFixture<BrowserTests.Browser>
{
    private static readonly Way[] _ways = Enum.GetValues<Way>();

    private static readonly (string Who, string Line)[] _conversation =
    [
        ("ann", "hello from nc, over TCP"),
        ("bob", "and from openssl s_client, over TLS"),
        ("cem", "and from nc -U, on a Unix socket"),
        ("grace", "I am in a browser. One handler for all of us?"),
        ("ann", "One. It reads lines, and does not know where they come from."),
        ("dee", "Neither do I: this is a WebSocket."),
        ("bob", "<script>alert('and this is text')</script>"),
        ("grace", "So it is."),
    ];

    [Fact]
    public async Task Of_the_page()
    {
        var directory = Environment.GetEnvironmentVariable("CHAT_PICTURES");
        Assert.SkipUnless(directory is { Length: > 0 }, "It makes the README's pictures, and only where CHAT_PICTURES says to which directory.");

        var (host, chromium) = await browser.StartAsync(Programs.PathOf("chromium"));
        var page = await chromium.NewPageAsync(new() { ViewportSize = new() { Width = 1200, Height = 1090 }, ColorScheme = ColorScheme.Light }).Within();
        await page.GotoAsync(host.Page.BaseAddress!.ToString()).Within();
        var box = page.Locator("#line:enabled");
        await SayAsync(box, "/nick grace");
        await SayAsync(box, "/join harbour");
        var speakers = new Dictionary<string, ChatPeer>(StringComparer.Ordinal);
        foreach (var (name, way) in new[] { "ann", "bob", "cem", "dee" }.Zip(_ways))
        {
            speakers.Add(name, await ChatPeer.EnterAsync(host, name, way));
            await speakers[name].SendAsync("/join harbour");
        }

        var crowd = new List<ChatPeer>();
        using var tick = new PeriodicTimer(TimeSpan.FromMilliseconds(100));
        for (var tenth = 0; tenth < 300; tenth++)
        {
            await tick.WaitForNextTickAsync();
            if (tenth % 10 == 0)
            {
                crowd.Add(await ChatPeer.EnterAsync(host, $"crowd-{crowd.Count}", _ways[crowd.Count * 7 % 5 % _ways.Length]));
                await crowd[^1].SendAsync($"/join room-{crowd.Count % 5}");
            }

            await crowd[tenth * 7 % crowd.Count].SendAsync("a line of the crowd");
            if (tenth % 30 == 15 && tenth / 30 < _conversation.Length)
            {
                var (who, line) = _conversation[tenth / 30];
                await (speakers.TryGetValue(who, out var speaker) ? speaker.SendAsync(line) : SayAsync(box, line));
            }
        }

        await page.GetByText(_conversation[^1].Line).WaitForAsync().Within();
        Directory.CreateDirectory(directory!);
        foreach (var scheme in new[] { ColorScheme.Light, ColorScheme.Dark })
        {
            await page.EmulateMediaAsync(new() { ColorScheme = scheme }).Within();
            await page.ScreenshotAsync(new() { Path = Path.Combine(directory!, $"chat-{(scheme == ColorScheme.Light ? "light" : "dark")}.png") }).Within();
        }

        foreach (var peer in crowd.Concat(speakers.Values))
            await peer.DisposeAsync();
        await page.Context.CloseAsync().Within();
    }

    private static async Task SayAsync(ILocator box, string line)
    {
        await box.FillAsync(line).Within();
        await box.PressAsync("Enter").Within();
    }
}
