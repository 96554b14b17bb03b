namespace Kestrel.Streams.Tests;

public sealed class HaProxyConfigurationTests
{
    [Fact]
    public async Task As_it_stands_it_is_one_that_haproxy_takes()
    {
        await using var check = new ChildProcess("haproxy", Programs.PathOf("haproxy"), ["-c", "-f", Paths.Deploy("haproxy.cfg")]);
        Assert.True(await check.ExitAsync() == 0, check.Said);
    }
}
