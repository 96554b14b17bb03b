using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Playwright;

namespace Kestrel.Streams.Tests;

/// <summary>The WebSocket of a real browser: the system's Chromium.</summary>
public sealed class BrowserTests : IAsyncLifetime
{
    private IPlaywright? _playwright;
    private IBrowser? _browser;

    public async ValueTask InitializeAsync()
    {
        var chromium = Programs.PathOf("chromium");
        // A browser that starts beside others on a small machine takes its time.
        var patience = TimeSpan.FromMinutes(2);
        _playwright = await Playwright.CreateAsync().Within(patience);
        // Chromium refuses to run as root in its sandbox; it sees nothing here but these pages.
        _browser = await _playwright.Chromium.LaunchAsync(new() { ExecutablePath = chromium, ChromiumSandbox = false, Timeout = (float)patience.TotalMilliseconds }).Within(patience);
    }

    [Fact]
    public async Task It_hears_the_bytes_that_it_has_sent_and_a_clean_end()
    {
        await using var app = await StartAsync();
        var page = await OpenAsync(app);

        var heard = await page.EvaluateAsync<int[]>(
            """
            url => new Promise((done, failed) => {
                const socket = new WebSocket(url), sent = new Uint8Array(100000).map((_, i) => i % 251), heard = [];
                socket.binaryType = 'arraybuffer';
                socket.onerror = failed;
                socket.onopen = () => { socket.send(sent.subarray(0, 1)); socket.send(new Blob([sent.subarray(1)])); };
                socket.onmessage = message => {
                    heard.push(...new Uint8Array(message.data));
                    if (heard.length == sent.length) socket.close(1000);
                };
                socket.onclose = end => done([end.code, end.wasClean ? 1 : 0, heard.length, heard.every((x, i) => x == sent[i]) ? 1 : 0]);
            })
            """,
            app.Uri().ToString()).Within();

        Assert.Equal([1000, 1, 100_000, 1], heard);
    }

    [Fact]
    public async Task It_sees_at_the_stop_of_the_application_that_the_server_goes_away()
    {
        await using var app = await StartAsync();
        var page = await OpenAsync(app);
        await page.EvaluateAsync(
            """
            url => new Promise((open, failed) => {
                const socket = new WebSocket(url);
                window.over = new Promise(closed => socket.onclose = end => closed([end.code, end.wasClean ? 1 : 0]));
                socket.onerror = failed;
                socket.onopen = open;
            })
            """,
            app.Uri().ToString()).Within();

        await app.StopAsync();

        var end = await page.EvaluateAsync<int[]>("() => window.over").Within();
        Assert.Equal([1001, 1], end);
    }

    [Fact]
    public async Task It_is_told_that_text_is_not_taken()
    {
        await using var app = await StartAsync();
        var page = await OpenAsync(app);

        var code = await page.EvaluateAsync<int>(
            """
            url => new Promise(done => {
                const socket = new WebSocket(url);
                socket.onopen = () => socket.send('hello');
                socket.onclose = end => done(end.code);
            })
            """,
            app.Uri().ToString()).Within();

        Assert.Equal(1003, code);
    }

    public async ValueTask DisposeAsync()
    {
        if (_browser is not null) await _browser.DisposeAsync();
        _playwright?.Dispose();
    }

    private static Task<WebApp> StartAsync() => WebApp.StartAsync(static app =>
    {
        app.MapGet("/", static (HttpContext http) => http.Response.WriteAsync("<!doctype html><title>A page</title>"));
        app.MapStreamHandler<EchoHandler>("/stream");
    });

    private async Task<IPage> OpenAsync(WebApp app)
    {
        var page = await _browser!.NewPageAsync().Within();
        await page.GotoAsync(app.Uri("/", "http").ToString()).Within();
        return page;
    }
}
