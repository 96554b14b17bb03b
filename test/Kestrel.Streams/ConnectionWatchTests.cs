namespace Kestrel.Streams.Tests;

public class ConnectionWatchTests
{
    [Theory]
    [InlineData(null, null, null, null, null)]
    [InlineData(-1, null, null, -1, null)]
    [InlineData(400, null, null, null, 100.0)]
    [InlineData(null, 4000, 400, null, 100.0)]
    [InlineData(60_000, -1, 400, 3_600_000, 100.0)]
    [InlineData(null, null, null, 3_600_000, 500.0)]
    [InlineData(null, 2, null, null, 1.0)]
    public void It_looks_four_times_in_the_shortest_timeout_and_neither_all_the_time_nor_seldom(int? idle, int? read, int? write, int? lifetime, double? period)
    {
        static TimeSpan? Span(int? milliseconds) => milliseconds is { } count ? TimeSpan.FromMilliseconds(count) : null;

        Assert.Equal(
            period is { } count ? TimeSpan.FromMilliseconds(count) : null,
            ConnectionWatch.PeriodFor(new StreamServerOptions { IdleTimeout = Span(idle), ReadTimeout = Span(read), WriteTimeout = Span(write), MaxConnectionLifetime = Span(lifetime) }));
    }
}
