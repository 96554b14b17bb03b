using System.Net.Sockets;

namespace Kestrel.Streams.Tests;

/// <summary>What may stand at the path of a server.</summary>
public sealed class UnixPathTests : IDisposable
{
    private readonly TempDirectory _directory = new();

    private string Path => _directory["s"];

    public void Dispose() => _directory.Dispose();

    [Fact]
    public async Task The_file_is_there_while_the_server_is_bound()
    {
        var server = new UnixStreamServer(Talk.EchoAsync, Path);
        Assert.False(File.Exists(Path));

        await server.StartServingAsync().Within();
        Assert.True(File.Exists(Path));
        Assert.Equal(new UnixDomainSocketEndPoint(Path), server.EndPoints[0]);
        Assert.Equal(server.EndPoints[0], Assert.Single(server.Sockets).LocalEndPoint);
        await ServesAsync(Path);

        await server.CloseAsync().Within();
        Assert.False(File.Exists(Path));
    }

    [Fact]
    public async Task The_file_goes_when_accepting_ends_so_that_the_next_server_can_begin()
    {
        var entrance = new Entrance();
        var stopping = new Signal();
        var release = new Signal();
        await using var server = new UnixStreamServer(
            entrance.Of(async (_, token) =>
            {
                await using var registration = token.Register(stopping.Set);
                await release.Task;
            }),
            Path);
        await using var client = await entrance.StartAsync(server);
        var close = server.CloseAsync();
        await stopping.Task.Within();

        await using var next = new UnixStreamServer(Talk.EchoAsync, Path);
        await next.StartServingAsync().Within();
        release.Set();
        await close.Within();

        await ServesAsync(Path);
    }

    [Fact]
    public async Task The_file_of_a_server_that_died_is_replaced()
    {
        LeaveStaleFile(Path);
        Assert.True(File.Exists(Path));
        await using var server = new UnixStreamServer(Talk.EchoAsync, Path);

        await server.StartServingAsync().Within();

        await ServesAsync(Path);
        await server.CloseAsync().Within();
        Assert.False(File.Exists(Path));
    }

    [Fact]
    public async Task The_path_of_a_live_server_is_refused_and_that_server_serves_on()
    {
        await using var live = new UnixStreamServer(Talk.EchoAsync, Path);
        await live.StartServingAsync().Within();
        await using var other = new UnixStreamServer(Talk.EchoAsync, Path);

        await RefusedAsync(other, SocketError.AddressAlreadyInUse);
        await other.DisposeAsync().Within();

        await ServesAsync(Path);
    }

    [Fact]
    public async Task The_path_of_a_live_server_with_a_full_queue_is_refused_at_once()
    {
        using var live = Bound(Path);
        live.Listen(0);
        using var waiting = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        await waiting.ConnectAsync(new UnixDomainSocketEndPoint(Path)).Within();
        await using var other = new UnixStreamServer(Talk.EchoAsync, Path);

        await RefusedAsync(other, SocketError.AddressAlreadyInUse);

        Assert.True(File.Exists(Path));
    }

    [Fact]
    public async Task The_path_of_a_live_server_that_does_not_serve_yet_is_refused()
    {
        await using var live = new UnixStreamServer(Talk.EchoAsync, Path);
        await live.BindAsync().Within();
        await using var other = new UnixStreamServer(Talk.EchoAsync, Path);

        await RefusedAsync(other, SocketError.AddressAlreadyInUse);

        await live.StartServingAsync().Within();
        await ServesAsync(Path);
    }

    [Fact]
    public async Task A_regular_file_at_the_path_is_refused_and_untouched()
    {
        await File.WriteAllTextAsync(Path, "precious");
        await using var server = new UnixStreamServer(Talk.EchoAsync, Path);

        await RefusedAsync(server, SocketError.AddressAlreadyInUse);
        await server.DisposeAsync().Within();

        Assert.Equal("precious", await File.ReadAllTextAsync(Path));
    }

    [Fact]
    public async Task A_directory_at_the_path_is_refused_and_untouched()
    {
        Directory.CreateDirectory(Path);
        await using var server = new UnixStreamServer(Talk.EchoAsync, Path);

        await RefusedAsync(server, SocketError.AddressAlreadyInUse);

        Assert.True(Directory.Exists(Path));
    }

    [Fact]
    public async Task A_link_at_the_path_is_refused_and_its_target_untouched()
    {
        await File.WriteAllTextAsync(_directory["target"], "precious");
        File.CreateSymbolicLink(Path, _directory["target"]);
        await using var server = new UnixStreamServer(Talk.EchoAsync, Path);

        await RefusedAsync(server, SocketError.AddressAlreadyInUse);

        Assert.Equal("precious", await File.ReadAllTextAsync(Path));
    }

    [Fact]
    public async Task A_directory_that_is_missing_is_named_and_nothing_is_bound()
    {
        var path = System.IO.Path.Combine(_directory["missing"], "s");
        await using var server = new UnixStreamServer(Talk.EchoAsync, path);

        var error = await Assert.ThrowsAsync<IOException>(() => server.BindAsync().Within());

        Assert.StartsWith($"Cannot listen on {path}: ", error.Message, StringComparison.Ordinal);
        Assert.False(server.IsBound);
    }

    [Fact]
    public async Task A_relative_path_works()
    {
        var path = System.IO.Path.GetRelativePath(Environment.CurrentDirectory, Path);
        await using var server = new UnixStreamServer(Talk.EchoAsync, path);
        await server.StartServingAsync().Within();

        await ServesAsync(Path);
        await server.CloseAsync().Within();

        Assert.False(File.Exists(Path));
    }

    [Fact]
    public async Task The_file_of_another_server_that_came_since_stays()
    {
        for (var round = 0; round < 20; round++)
        {
            var first = new UnixStreamServer(Talk.EchoAsync, Path);
            await first.StartServingAsync().Within();
            File.Delete(Path);
            await using var second = new UnixStreamServer(Talk.EchoAsync, Path);
            await second.StartServingAsync().Within();

            await first.CloseAsync().Within();

            Assert.True(File.Exists(Path), $"The file of the second server is gone in round {round}.");
            await ServesAsync(Path);
        }
    }

    [Fact]
    public async Task A_regular_file_that_came_since_stays()
    {
        var server = new UnixStreamServer(Talk.EchoAsync, Path);
        await server.StartServingAsync().Within();
        File.Delete(Path);
        await File.WriteAllTextAsync(Path, "precious");

        await server.CloseAsync().Within();

        Assert.Equal("precious", await File.ReadAllTextAsync(Path));
    }

    [Fact]
    public async Task A_file_that_somebody_has_removed_since_is_no_trouble()
    {
        var server = new UnixStreamServer(Talk.EchoAsync, Path);
        await server.StartServingAsync().Within();
        _directory.Dispose();

        await server.CloseAsync().Within();

        Assert.False(server.IsBound);
        Directory.CreateDirectory(_directory.Root);
    }

    [Fact]
    public async Task One_server_binds_its_path_again_and_again()
    {
        await using var server = new UnixStreamServer(Talk.EchoAsync, Path);
        for (var round = 0; round < 20; round++)
        {
            await server.StartServingAsync().Within();
            await ServesAsync(Path);
            await server.CloseAsync().Within();
            Assert.False(File.Exists(Path));
        }
    }

    private static async Task ServesAsync(string path)
    {
        await using var client = await StreamClient.ConnectUnixAsync(path).Within();
        await client.HearsItselfAsync();
    }

    private async Task RefusedAsync(UnixStreamServer server, SocketError reason)
    {
        var error = await Assert.ThrowsAsync<IOException>(() => server.StartServingAsync().Within());
        Assert.StartsWith($"Cannot listen on {Path}: ", error.Message, StringComparison.Ordinal);
        Assert.Equal(reason, Assert.IsType<SocketException>(error.InnerException).SocketErrorCode);
        Assert.False(server.IsBound);
    }

    private static Socket Bound(string path)
    {
        var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        socket.Bind(new UnixDomainSocketEndPoint(path));
        return socket;
    }

    /// <summary>The file of a socket that is closed: it was moved in the meantime, so that its socket could not delete it.</summary>
    private static void LeaveStaleFile(string path)
    {
        using var dead = Bound(path + ".dying");
        dead.Listen();
        File.Move(path + ".dying", path);
    }
}
