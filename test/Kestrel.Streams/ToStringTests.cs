namespace Kestrel.Streams.Tests;

public class ToStringTests
{
    [Fact]
    public async Task The_text_shows_the_state_and_the_addresses()
    {
        await using var server = new StreamServer(Talk.EchoAsync, options: new StreamServerOptions { Hosts = { "127.0.0.1", "::1" } });
        Assert.Equal("<StreamServer closed>", server.ToString());

        await server.BindAsync().Within();
        Assert.Equal($"<StreamServer bound {server.EndPoints[0]} {server.EndPoints[1]}>", server.ToString());

        await server.StartServingAsync().Within();
        Assert.Equal($"<StreamServer serving {server.EndPoints[0]} {server.EndPoints[1]}>", server.ToString());
        Assert.Contains("127.0.0.1:", server.ToString(), StringComparison.Ordinal);

        await server.CloseAsync().Within();
        Assert.Equal("<StreamServer closed>", server.ToString());
    }

    [Fact]
    public async Task The_text_of_a_Unix_server_shows_its_path()
    {
        using var directory = new TempDirectory();
        await using var server = new UnixStreamServer(Talk.EchoAsync, directory["s"]);
        await server.StartServingAsync().Within();

        Assert.Equal($"<UnixStreamServer serving {directory["s"]}>", server.ToString());
    }

    [Fact]
    public async Task The_text_of_an_abstract_name_has_no_NUL()
    {
        var name = "ks-" + Guid.NewGuid().ToString("N");
        await using var server = new UnixStreamServer(Talk.EchoAsync, "\0" + name);
        await server.BindAsync().Within();

        Assert.Equal($"<UnixStreamServer bound @{name}>", server.ToString());
    }
}
