namespace Kestrel.Streams.Tests;

public class AbstractNameTests
{
    private readonly string _name = "\0ks-" + Guid.NewGuid().ToString("N");

    [Fact]
    public async Task An_abstract_name_is_served_without_a_file()
    {
        var options = new StreamServerOptions();
        await using var server = new UnixStreamServer(Talk.EchoAsync, _name, options);
        await server.StartServingAsync().Within();

        await using var client = await StreamClient.ConnectUnixAsync(_name).Within();
        await client.HearsItselfAsync();
        Assert.False(File.Exists(_name[1..]));
    }

    [Fact]
    public async Task A_live_name_is_refused_and_named()
    {
        await using var live = new UnixStreamServer(Talk.EchoAsync, _name);
        await live.BindAsync().Within();
        await using var other = new UnixStreamServer(Talk.EchoAsync, _name);

        var error = await Assert.ThrowsAsync<IOException>(() => other.BindAsync().Within());

        Assert.StartsWith($"Cannot listen on abstract name '{_name[1..]}': ", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_name_is_free_when_its_server_has_closed()
    {
        for (var round = 0; round < 10; round++)
        {
            await using var server = new UnixStreamServer(Talk.EchoAsync, _name);
            await server.StartServingAsync().Within();
            await using var client = await server.ConnectAsync();
            await client.HearsItselfAsync();
            await server.CloseAsync().Within();
        }
    }
}
