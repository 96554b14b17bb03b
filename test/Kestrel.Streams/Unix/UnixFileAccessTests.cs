using System.Diagnostics;
using System.Globalization;
using System.Runtime.Versioning;

namespace Kestrel.Streams.Tests;

[SupportedOSPlatform("linux")]
public sealed class UnixFileAccessTests : IDisposable
{
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;
    private const UnixFileMode OwnerAndGroup = OwnerOnly | UnixFileMode.GroupRead | UnixFileMode.GroupWrite;
    private const UnixFileMode Everybody = OwnerAndGroup | UnixFileMode.OtherRead | UnixFileMode.OtherWrite;
    private const string NobodysGroup = "nogroup";

    private readonly TempDirectory _directory = OtherUser.OpenDirectory();

    private string Path => _directory["s"];

    public void Dispose() => _directory.Dispose();

    [Fact]
    public async Task The_file_is_for_the_owner_alone_before_anybody_could_connect()
    {
        await using var server = Server(new StreamServerOptions());
        await server.BindAsync().Within();

        Assert.Equal(OwnerOnly, File.GetUnixFileMode(Path));
    }

    [Theory]
    [InlineData(OwnerAndGroup)]
    [InlineData(Everybody)]
    [InlineData(OwnerOnly | UnixFileMode.OtherWrite)]
    [InlineData(UnixFileMode.None)]
    public async Task The_file_has_the_mode_that_is_given_whatever_the_umask(UnixFileMode mode)
    {
        await using var server = Server(new StreamServerOptions { UnixFileMode = mode });
        await server.BindAsync().Within();

        Assert.Equal(mode, File.GetUnixFileMode(Path));
    }

    [Theory]
    [InlineData(NobodysGroup)]
    [InlineData("65534")]
    public async Task The_file_is_for_the_group_too_when_one_is_given(string group)
    {
        Assert.SkipUnless(Environment.IsPrivilegedProcess, "Only root can give a file to any group: run the tests as root.");
        await using var server = Server(new StreamServerOptions { UnixGroup = group });
        await server.BindAsync().Within();

        Assert.Equal(OwnerAndGroup, File.GetUnixFileMode(Path));
        Assert.Equal(65534, await GroupOfAsync(Path));
    }

    [Fact]
    public async Task A_mode_goes_before_the_usual_one_of_a_group()
    {
        Assert.SkipUnless(Environment.IsPrivilegedProcess, "Only root can give a file to any group: run the tests as root.");
        await using var server = Server(new StreamServerOptions { UnixGroup = NobodysGroup, UnixFileMode = OwnerOnly });
        await server.BindAsync().Within();

        Assert.Equal(OwnerOnly, File.GetUnixFileMode(Path));
    }

    [Fact]
    public async Task An_unknown_group_is_named_and_nothing_is_bound_or_left()
    {
        await using var server = Server(new StreamServerOptions { UnixGroup = "no-such-group-here" });

        var error = await Assert.ThrowsAsync<IOException>(() => server.StartServingAsync().Within());

        Assert.Equal(
            $"Cannot listen on {Path}: there is no group 'no-such-group-here' on this machine: give the name or the number of one that there is.", error.Message);
        Assert.False(server.IsBound);
        Assert.Empty(Directory.GetFileSystemEntries(_directory.Root));
    }

    [Fact]
    public async Task A_stale_file_is_not_removed_for_an_unknown_group()
    {
        await File.WriteAllTextAsync(Path, "precious");
        await using var server = Server(new StreamServerOptions { UnixGroup = "no-such-group-here" });

        await Assert.ThrowsAsync<IOException>(() => server.StartServingAsync().Within());

        Assert.Equal("precious", await File.ReadAllTextAsync(Path));
    }

    [Fact]
    public async Task Another_user_cannot_connect_unless_the_mode_lets_it()
    {
        Assert.Equal("Permission denied", await KnockAsync(new StreamServerOptions()));
        Assert.Equal("Permission denied", await KnockAsync(new StreamServerOptions { UnixFileMode = OwnerAndGroup }));
        Assert.Equal("hello", await KnockAsync(new StreamServerOptions { UnixFileMode = Everybody }));
    }

    [Fact]
    public async Task Another_user_connects_by_its_group() =>
        Assert.Equal("hello", await KnockAsync(new StreamServerOptions { UnixGroup = NobodysGroup }));

    [Fact]
    public async Task Another_user_who_knocks_all_the_time_finds_no_moment_to_get_in()
    {
        var came = await OtherUser.KnockWhileAsync(Path, async () =>
        {
            await using var server = Server(new StreamServerOptions());
            for (var round = 0; round < 200; round++)
            {
                await server.StartServingAsync().Within();
                await server.CloseAsync().Within();
            }
        });

        // It was there while the server served, and never came in.
        Assert.Contains("Permission denied", came, StringComparison.Ordinal);
        Assert.DoesNotContain("connected", came, StringComparison.Ordinal);
    }

    [Fact]
    public void What_cannot_be_meant_is_refused_with_a_word()
    {
        Refused("UnixFileMode is SetUser: ", Path, new() { UnixFileMode = UnixFileMode.SetUser });
        Refused("UnixGroup is empty: ", Path, new() { UnixGroup = " " });
        Refused("An abstract name has no file", "\0name", new() { UnixFileMode = OwnerOnly });
        Refused("An abstract name has no file", "\0name", new() { UnixGroup = NobodysGroup });
        foreach (var options in (StreamServerOptions[])[new() { UnixFileMode = OwnerOnly }, new() { UnixGroup = NobodysGroup }, new() { AllowPeer = _ => true }])
        {
            var error = Assert.Throws<ArgumentException>(() => new StreamServer(Talk.EchoAsync, "127.0.0.1", 0, options));
            Assert.StartsWith("options.UnixFileMode, options.UnixGroup and options.AllowPeer are for Unix sockets", error.Message, StringComparison.Ordinal);
        }

        static void Refused(string message, string path, StreamServerOptions options) =>
            Assert.StartsWith(message, Assert.Throws<ArgumentException>(() => new UnixStreamServer(Talk.EchoAsync, path, options)).Message, StringComparison.Ordinal);
    }

    private UnixStreamServer Server(StreamServerOptions options) => new(stream => stream.WriteAsync("hello\n").AsTask(), Path, options);

    private async Task<string> KnockAsync(StreamServerOptions options)
    {
        await using var server = Server(options);
        await server.StartServingAsync().Within();
        return await OtherUser.KnockAsync(Path);
    }

    private static async Task<int> GroupOfAsync(string path)
    {
        using var stat = Process.Start(new ProcessStartInfo(Programs.PathOf("stat"), ["-c", "%g", path])
        {
            UseShellExecute = false,
            RedirectStandardOutput = true,
        })!;
        return int.Parse(await stat.StandardOutput.ReadToEndAsync().Within(), CultureInfo.InvariantCulture);
    }
}
