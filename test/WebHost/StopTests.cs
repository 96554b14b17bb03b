namespace Kestrel.Streams.Tests;

public class StopTests
{
    // It is to take about a second; the rest is for a busy machine.
    private static readonly TimeSpan _soon = TimeSpan.FromSeconds(15);

    [Theory, InlineData("INT"), InlineData("TERM")]
    public async Task A_signal_ends_it_soon_with_connections_and_a_page_open(string signal)
    {
        await using var host = await SampleHost.StartAsync();
        using var tcp = await host.ConnectAsync();
        using var unix = await host.ConnectAsync(unix: true);
        await tcp.SendAsync("hello\n");
        await unix.SendAsync("hello\n");
        Assert.Equal("hello", await tcp.ReadLineAsync());
        Assert.Equal("hello", await unix.ReadLineAsync());
        await using var page = await LiveFigures.OpenAsync(host.Page);
        Assert.NotNull(await page.NextAsync());
        Assert.True(File.Exists(host.UnixPath));

        await host.Process.SignalAsync(signal);

        Assert.Equal((0, ""), await host.Process.ExitAsync(_soon));
        Assert.False(File.Exists(host.UnixPath));
        Assert.Null(await tcp.ReadLineAsync());
        Assert.Null(await unix.ReadLineAsync());
        await page.EndAsync();
    }

    [Fact]
    public async Task A_peer_that_does_not_read_its_echo_does_not_hold_it_up()
    {
        await using var host = await SampleHost.StartAsync();
        using var peer = await host.ConnectAsync();
        await using var page = await LiveFigures.OpenAsync(host.Page);
        var stuck = peer.SendAsync(string.Concat(Enumerable.Repeat(new string('x', 60_000) + "\n", 1000)));
        await page.UntilAsync(figures => figures.Lines > 0);

        await host.Process.SignalAsync("INT");

        Assert.Equal(0, (await host.Process.ExitAsync(_soon)).Code);
        Assert.False(File.Exists(host.UnixPath));
        await Assert.ThrowsAsync<IOException>(() => stuck);
    }
}
