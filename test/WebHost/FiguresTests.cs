using System.Net.Http.Json;

namespace Kestrel.Streams.Tests;

public class FiguresTests
{
    [Fact]
    public async Task They_count_connections_lines_and_bytes_and_the_open_page_is_told()
    {
        await using var host = await SampleHost.StartAsync();
        await using var live = await LiveFigures.OpenAsync(host.Page);
        Assert.Equal(new Figures(0, 0, 0, 0), await live.NextAsync());

        using (var tcp = await host.ConnectAsync())
        using (var unix = await host.ConnectAsync(unix: true))
        {
            await tcp.SendAsync("hello\nworld\n");
            await unix.SendAsync("ping\n");
            Assert.Equal(new Figures(2, 2, 3, 17), await live.UntilAsync(figures => figures.Lines == 3));
        }
        Assert.Equal(new Figures(0, 2, 3, 17), await live.UntilAsync(figures => figures.ConnectionsNow == 0));
        Assert.Equal(
            new Figures(0, 2, 3, 17),
            (await host.Page.GetFromJsonAsync<HostFigures>(new Uri("/figures", UriKind.Relative)).Within())?.Echo);
    }

    [Fact]
    public async Task A_page_that_goes_leaves_the_host_and_other_pages_alone()
    {
        await using var host = await SampleHost.StartAsync();
        for (var page = 0; page < 3; page++)
        {
            await using var gone = await LiveFigures.OpenAsync(host.Page);
            Assert.NotNull(await gone.NextAsync());
        }
        await using var live = await LiveFigures.OpenAsync(host.Page);
        Assert.NotNull(await live.NextAsync());

        await host.Process.SignalAsync("TERM");
        Assert.Null(await live.NextAsync());
        Assert.Equal((0, ""), await host.Process.ExitAsync());
    }
}
