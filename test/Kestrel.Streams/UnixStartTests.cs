using System.Net.Sockets;

namespace Kestrel.Streams.Tests;

/// <summary>Several servers that start on one path at the same moment.</summary>
public sealed class UnixStartTests : IDisposable
{
    private readonly TempDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task One_wins_and_serves_and_the_others_are_told_that_the_path_is_in_use(bool stale)
    {
        for (var round = 0; round < 50; round++)
        {
            var path = _directory[$"s{round}"];
            if (stale) LeaveStaleFile(path);
            using var together = new Barrier(4);
            var starts = await Task.WhenAll(Enumerable.Range(0, together.ParticipantCount)
                .Select(_ => Task.Factory.StartNew(() => Start(path, together), TaskCreationOptions.LongRunning))).Within();

            var (winner, _) = Assert.Single(starts, static start => start.Error is null);
            Assert.All(starts.Where(start => start.Server != winner), static start => Assert.Equal(
                SocketError.AddressAlreadyInUse, Assert.IsType<SocketException>(start.Error!.InnerException).SocketErrorCode));
            await using (var client = await StreamClient.ConnectUnixAsync(path).Within()) await client.HearsItselfAsync();
            await winner.CloseAsync().Within();
            Assert.False(File.Exists(path));
        }
    }

    [Fact]
    public async Task The_turn_is_for_one_path_and_ends_with_the_start()
    {
        using (var turn = UnixPathTurn.TryTake(_directory["s"]))
        {
            Assert.NotNull(turn);
            Assert.Null(UnixPathTurn.TryTake(_directory["s"]));
            using var other = UnixPathTurn.TryTake(_directory["t"]);
            Assert.NotNull(other);
        }

        await using var server = new UnixStreamServer(Talk.EchoAsync, _directory["s"]);
        await server.BindAsync().Within();
        using var after = UnixPathTurn.TryTake(_directory["s"]);
        Assert.NotNull(after);
    }

    [Fact]
    public async Task Who_has_no_turn_replaces_nothing()
    {
        LeaveStaleFile(_directory["s"]);
        await using var server = new UnixStreamServer(Talk.EchoAsync, _directory["s"]);
        using (UnixPathTurn.TryTake(_directory["s"]))
        {
            await Assert.ThrowsAsync<IOException>(() => server.BindAsync().Within());
            Assert.True(File.Exists(_directory["s"]));
        }

        await server.BindAsync().Within();
    }

    private static (UnixStreamServer Server, IOException? Error) Start(string path, Barrier together)
    {
        var server = new UnixStreamServer(Talk.EchoAsync, path);
        together.SignalAndWait();
        try
        {
            server.StartServingAsync().GetAwaiter().GetResult();
            return (server, null);
        }
        catch (IOException e)
        {
            return (server, e);
        }
    }

    /// <summary>The file of a socket that is closed: it was moved in the meantime, so that its socket could not delete it.</summary>
    private static void LeaveStaleFile(string path)
    {
        using var dead = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        dead.Bind(new UnixDomainSocketEndPoint(path + ".dying"));
        dead.Listen();
        File.Move(path + ".dying", path);
    }
}
