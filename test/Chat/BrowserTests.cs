using System.Collections.Concurrent;
using System.Text.Json;
using Microsoft.Playwright;

namespace Kestrel.Streams.Tests;

/// <summary>The page in a real browser, the system's Chromium.</summary>
public sealed class BrowserTests(BrowserTests.Browser browser) : IClassFixture<BrowserTests.Browser>, IAsyncLifetime
{
    private readonly ConcurrentQueue<string> _complaints = new();
    private readonly ConcurrentQueue<Uri> _requests = new();
    private readonly List<IPage> _pages = [];
    private SampleHost _host = null!;
    private IBrowser _browser = null!;

    public async ValueTask InitializeAsync() => (_host, _browser) = await browser.StartAsync(Programs.PathOf("chromium"));

    public async ValueTask DisposeAsync()
    {
        foreach (var page in _pages)
            await page.Context.CloseAsync().Within();
    }

    [Fact]
    public async Task What_is_typed_in_the_browser_is_heard_in_a_terminal_and_the_reverse()
    {
        var page = await OpenAsync();
        await using var terminal = await ChatPeer.EnterAsync(_host, "terminal");

        await SayAsync(page, "/nick browser");
        await SeesAsync(page, "* You are browser now.");
        await SayAsync(page, "hello from the browser");
        await terminal.HearAsync("browser: hello from the browser");
        await terminal.SendAsync("hello from the terminal");
        await SeesAsync(page, "terminal: hello from the terminal");
        await terminal.SendAsync("/msg browser psst");
        await SeesAsync(page, "terminal -> you: psst");

        HasNothingToComplain();
    }

    [Fact]
    public async Task What_looks_like_HTML_is_text()
    {
        var page = await OpenAsync();
        await using var terminal = await ChatPeer.EnterAsync(_host, "mallory");
        const string Attack = "<img src=x onerror=alert(1)><script>document.title='gone'</script> &lt;b&gt; </p><h1>";

        await terminal.SendAsync("/nick <b>mallory</b>");
        await terminal.SendAsync(Attack);
        await terminal.SendAsync("/join <i>");

        await SeesAsync(page, $"mallory: {Attack}");
        Assert.Equal(0, await page.Locator("#log img, #log script, #log h1, #log b").CountAsync().Within());
        Assert.Equal("Kestrel.Streams chat", await page.TitleAsync().Within());
        HasNothingToComplain();
    }

    [Fact]
    public async Task It_can_be_used_with_the_keyboard_alone_and_tells_a_screen_reader_what_is_what()
    {
        var page = await OpenAsync();
        await page.GetByRole(AriaRole.Textbox).FocusAsync().Within();
        await page.Keyboard.TypeAsync("by keyboard").Within();
        await page.Keyboard.PressAsync("Enter").Within();
        await SeesAsync(page, ": by keyboard");

        Assert.Equal("polite", await LivenessAsync(page, "What is said"));
        await page.GetByRole(AriaRole.Button, new() { Name = "Drain" }).WaitForAsync().Within();
        await page.GetByRole(AriaRole.Img).First.WaitForAsync().Within();
        foreach (var name in await page.EvaluateAsync<string[]>(
            "() => [...document.querySelectorAll('button, input, [tabindex]')].filter(x => x.offsetParent && !(x.ariaLabel || x.labels?.length || x.textContent.trim())).map(x => x.outerHTML)").Within())
            Assert.Fail($"It has no name: {name}");
        HasNothingToComplain();
    }

    [Fact]
    public async Task The_plots_move_and_the_drain_button_drains_and_brings_it_back()
    {
        // One of its own: the free ports are others when it listens again.
        await using var host = await SampleHost.StartAsync();
        var page = await OpenAsync(of: host);
        await using var terminal = await ChatPeer.EnterAsync(host, "drained");
        await SayAsync(page, "counted");
        await terminal.HearAsync(static line => line.EndsWith(": counted", StringComparison.Ordinal));
        await page.WaitForFunctionAsync("() => /TCP 1, .*WebSocket 1/.test(document.getElementById('connections').ariaLabel)").Within();
        await page.WaitForFunctionAsync(
            """
            () => {
              const now = [...document.querySelectorAll(".plot canvas")].map(plot => plot.toDataURL());
              const before = (globalThis.pictures ??= now);
              return now.length === 3 && now.every((picture, i) => picture !== before[i]);
            }
            """).Within();

        await page.GetByRole(AriaRole.Button, new() { Name = "Drain" }).ClickAsync().Within();
        await terminal.HearAsync("* This node is drained. Connect again, and another one takes you.");
        Assert.Null(await terminal.NextAsync());
        await SeesAsync(page, "* This node is drained. Connect again, and another one takes you.");
        await page.GetByText("Drained: not ready, no users").WaitForAsync().Within();

        await page.GetByRole(AriaRole.Button, new() { Name = "Serve again" }).ClickAsync().Within();
        await page.GetByText("In service: it is ready, and takes users").WaitForAsync().Within();
        await page.Locator("#line:enabled").WaitForAsync().Within();
        // What it saw before is in the history of the room too, and not shown again.
        await SayAsync(page, "after it");
        await SeesAsync(page, ": after it");
        Assert.Equal(1, await page.Locator("#log p", new() { HasTextString = ": counted" }).CountAsync().Within());
        HasNothingToComplain(host);
    }

    [Fact]
    public async Task What_was_said_while_the_page_was_away_is_shown_once_also_where_the_same_was_said_before()
    {
        // The page has shown more than the host keeps.
        await using var host = await SampleHost.StartAsync("--Chat:HistoryLines", "3");
        var page = await OpenAsync(of: host);
        IWebSocketRoute socket = null!;
        TaskCompletionSource? away = null;
        await page.RouteWebSocketAsync("**/chat", opened =>
        {
            socket = opened;
            if (away is null) opened.ConnectToServer();
            else away.SetResult();
        }).Within();
        await page.ReloadAsync().Within();
        await SeesAsync(page, "* You are in lobby.");
        await using var ann = await ChatPeer.EnterAsync(host, "ann");
        string[] before = ["yes", "hello", "yes", "no"], meanwhile = ["yes", "hello"];
        foreach (var line in before) await SayAsync(ann, line);
        await page.Locator("#log p", new() { HasTextString = "ann: " }).Nth(3).WaitForAsync().Within();

        away = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await socket.CloseAsync().Within();
        await away.Task.Within();
        foreach (var line in meanwhile) await SayAsync(ann, line);
        away = null;
        await socket.CloseAsync().Within();
        await page.Locator("#log p", new() { HasTextString = "* You are in lobby." }).Nth(1).WaitForAsync().Within();
        await SayAsync(ann, "end");
        await SeesAsync(page, "ann: end");

        Assert.Equal([.. before, .. meanwhile, "end"], (await page.Locator("#log p", new() { HasTextString = "ann: " }).AllTextContentsAsync().Within()).Select(static line => line["ann: ".Length..]));
        HasNothingToComplain(host);
    }

    [Fact]
    public async Task Other_colours_leave_the_figures_of_the_plots_where_they_are()
    {
        await using var host = await SampleHost.StartAsync();
        var page = await OpenAsync(of: host);
        await page.WaitForFunctionAsync("() => /WebSocket 1/.test(document.getElementById('connections').ariaLabel)").Within();
        await page.EvaluateAsync("() => document.querySelectorAll('.uplot').forEach(plot => plot.classList.add('before'))").Within();

        // No sample comes now that would bring them back.
        await host.Process.SignalAsync("STOP");
        await page.EmulateMediaAsync(new() { ColorScheme = ColorScheme.Dark }).Within();
        await page.Locator("#connections .uplot:not(.before)").WaitForAsync().Within();

        Assert.Equal("1", (await page.Locator("#connections .u-series", new() { HasTextString = "WebSocket" }).Locator(".u-value").TextContentAsync().Within())?.Trim());
        await host.Process.SignalAsync("CONT");
        HasNothingToComplain(host);
    }

    [Theory]
    [InlineData("light", ColorScheme.Light, 1280, 900), InlineData("dark", ColorScheme.Dark, 1280, 900)]
    [InlineData("phone-light", ColorScheme.Light, 360, 740), InlineData("phone-dark", ColorScheme.Dark, 360, 740)]
    public async Task It_fits_into_its_window(string name, ColorScheme scheme, int width, int height)
    {
        var page = await OpenAsync(scheme, width, height);
        await using var ann = await ChatPeer.EnterAsync(_host, $"ann-{name}", Way.Tls);
        await using var bob = await ChatPeer.EnterAsync(_host, $"bob-{name}", Way.Unix);
        await SayAsync(page, "/join harbour");
        await SayAsync(page, $"/nick grace-{name}");
        foreach (var peer in new[] { ann, bob })
            await peer.SendAsync("/join harbour");
        await SeesAsync(page, $"bob-{name} is here");
        await ann.SendAsync("hello from a terminal, over TLS");
        await bob.SendAsync("and from a Unix socket: " + new string('w', 200));
        await SayAsync(page, "hello from a browser");
        await SeesAsync(page, $"grace-{name}: hello from a browser");
        await SeesAsync(page, $"bob-{name}: and from a Unix socket: ");
        await page.WaitForFunctionAsync("() => /median \\d/.test(document.getElementById('latency').ariaLabel)").Within();

        Assert.Equal(width, await page.EvaluateAsync<int>("() => document.documentElement.scrollWidth").Within());
        var directory = Directory.CreateDirectory(Path.Combine(AppContext.BaseDirectory, "screenshots"));
        await page.ScreenshotAsync(new() { Path = Path.Combine(directory.FullName, $"{name}.png"), FullPage = true }).Within();
        HasNothingToComplain();
    }

    private async Task<IPage> OpenAsync(ColorScheme scheme = ColorScheme.Light, int width = 1280, int height = 900, SampleHost? of = null)
    {
        var page = await _browser.NewPageAsync(new() { ColorScheme = scheme, ViewportSize = new() { Width = width, Height = height } }).Within();
        _pages.Add(page);
        page.Console += (_, message) =>
        {
            if (message.Type is "error" or "warning") _complaints.Enqueue(message.Text);
        };
        page.PageError += (_, error) => _complaints.Enqueue(error);
        page.Request += (_, request) => _requests.Enqueue(new Uri(request.Url));
        page.WebSocket += (_, socket) => _requests.Enqueue(new Uri(socket.Url));
        await page.GotoAsync((of ?? _host).Page.BaseAddress!.ToString()).Within();
        await SeesAsync(page, "* You are in lobby.");
        return page;
    }

    private static async Task SayAsync(IPage page, string line)
    {
        await page.GetByRole(AriaRole.Textbox).FillAsync(line).Within();
        await page.GetByRole(AriaRole.Button, new() { Name = "Send" }).ClickAsync().Within();
    }

    private static async Task SayAsync(ChatPeer peer, string line)
    {
        await peer.SendAsync(line);
        await peer.HearAsync(heard => heard.EndsWith($": {line}", StringComparison.Ordinal));
    }

    /// <summary>Whether a screen reader is to read what comes into the log of that name, as the browser tells it.</summary>
    private static async Task<string?> LivenessAsync(IPage page, string name)
    {
        var browser = await page.Context.NewCDPSessionAsync(page).Within();
        var tree = await browser.SendAsync("Accessibility.getFullAXTree").Within();
        var log = tree!.Value.GetProperty("nodes").EnumerateArray().Single(node => ValueOf(node, "role") == "log" && ValueOf(node, "name") == name);
        return log.GetProperty("properties").EnumerateArray().Where(static property => property.GetProperty("name").GetString() == "live").Select(static property => ValueOf(property, "value")).SingleOrDefault();

        static string? ValueOf(JsonElement node, string name) => node.TryGetProperty(name, out var value) ? value.GetProperty("value").ToString() : null;
    }

    private static Task SeesAsync(IPage page, string text) =>
        page.Locator("#log p", new() { HasTextString = text }).First.WaitForAsync().Within();

    private void HasNothingToComplain(SampleHost? of = null)
    {
        Assert.Empty(_complaints);
        Assert.All(_requests.Where(static request => request.Scheme != "data"), request => Assert.Equal((of ?? _host).Page.BaseAddress!.Authority, request.Authority));
    }

    /// <summary>One host and one browser for all these tests, started by the first.</summary>
    public sealed class Browser : IAsyncDisposable
    {
        private SampleHost? _host;
        private IPlaywright? _playwright;
        private IBrowser? _browser;

        public async Task<(SampleHost Host, IBrowser Browser)> StartAsync(string chromium)
        {
            _host ??= await SampleHost.StartAsync("--Chat:LinesPerSecond", "1000", "--Chat:Burst", "1000");
            _playwright ??= await Playwright.CreateAsync().Within();
            // Chromium refuses to run as root in its sandbox; it sees nothing here but this page.
            _browser ??= await _playwright.Chromium.LaunchAsync(new() { ExecutablePath = chromium, ChromiumSandbox = false }).Within();
            return (_host, _browser);
        }

        public async ValueTask DisposeAsync()
        {
            if (_browser is not null) await _browser.DisposeAsync();
            _playwright?.Dispose();
            if (_host is not null) await _host.DisposeAsync();
        }
    }
}
