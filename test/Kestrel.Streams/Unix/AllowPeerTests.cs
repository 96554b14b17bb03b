using System.Runtime.Versioning;
using Microsoft.Extensions.Logging;

namespace Kestrel.Streams.Tests;

[SupportedOSPlatform("linux")]
public sealed class AllowPeerTests : IDisposable
{
    private const UnixFileMode Everybody =
        UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead | UnixFileMode.GroupWrite | UnixFileMode.OtherRead | UnixFileMode.OtherWrite;

    private readonly TempDirectory _directory = OtherUser.OpenDirectory();
    private readonly LogCapture _log = new();

    public void Dispose()
    {
        _directory.Dispose();
        _log.Dispose();
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_peer_that_is_allowed_is_served_and_the_filter_knows_who_it_is(bool isAbstract)
    {
        var asked = new Signal<UnixPeerCredentials>();
        await using var server = await StartAsync(
            peer =>
            {
                asked.Set(peer);
                return true;
            },
            isAbstract);
        await using var client = await server.ConnectAsync();

        await client.HearsItselfAsync();

        Assert.Equal(Environment.ProcessId, (await asked.Task.Within()).ProcessId);
        Assert.Empty(_log.Complaints);
    }

    [Fact]
    public async Task A_peer_that_is_not_allowed_is_disconnected_with_one_line_in_the_log()
    {
        await using var server = await StartAsync(static _ => false);
        await using var client = await server.ConnectAsync();

        await client.IsOverAsync();
        await server.CloseAsync().Within();

        var entry = Assert.Single(_log.Complaints);
        Assert.Equal(LogLevel.Warning, entry.Level);
        Assert.Matches(
            $@"^Connection \S+ from an unnamed peer is refused \(peer_not_allowed\): AllowPeer does not let in user \d+, group \d+, process {Environment.ProcessId}\.$", entry.Message);
    }

    [Fact]
    public async Task A_filter_that_throws_lets_nobody_in_and_the_server_serves_on()
    {
        var calls = 0;
        var failure = new InvalidOperationException("the filter is broken");
        await using var server = await StartAsync(_ => ++calls == 1 ? throw failure : true);
        await using (var first = await server.ConnectAsync()) await first.IsOverAsync();

        await using var second = await server.ConnectAsync();
        await second.HearsItselfAsync();

        var entry = Assert.Single(_log.Complaints);
        Assert.Equal(LogLevel.Error, entry.Level);
        Assert.Same(failure, entry.Error);
        Assert.Contains("(peer_not_allowed)", entry.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_filter_tells_another_user_from_ours()
    {
        await using var server = await StartAsync(static peer => peer.UserId != OtherUser.Id, mode: Everybody);

        // Nothing is said to it: it sees an end, or that the other end is gone.
        Assert.NotEqual("hello", await OtherUser.KnockAsync(_directory["s"]));
        await using var client = await server.ConnectAsync();
        await client.HearsItselfAsync();
    }

    private async Task<UnixStreamServer> StartAsync(Func<UnixPeerCredentials, bool> allowPeer, bool isAbstract = false, UnixFileMode? mode = null)
    {
        var server = new UnixStreamServer(
            Talk.EchoAsync, isAbstract ? "\0ks-" + Guid.NewGuid().ToString("N") : _directory["s"],
            new StreamServerOptions { AllowPeer = allowPeer, UnixFileMode = mode, LoggerFactory = _log.Factory });
        await server.StartServingAsync().Within();
        return server;
    }
}
