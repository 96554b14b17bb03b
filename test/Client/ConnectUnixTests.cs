using System.Net.Sockets;

namespace Kestrel.Streams.Tests;

public class ConnectUnixTests
{
    private readonly string _path = Listener.NewPath();

    [Fact]
    public async Task Connects_to_a_path()
    {
        using var listener = Listener.Unix(_path);
        var options = new StreamClientOptions { Limit = 99, KeepAlive = TimeSpan.FromSeconds(9), AddressFamily = AddressFamily.InterNetwork };
        await using var stream = await StreamClient.ConnectUnixAsync(_path, options).Within();

        Assert.Equal(99, stream.Limit);
        Assert.Equal(new UnixDomainSocketEndPoint(_path), stream.RemoteEndPoint);
        Assert.False(stream.IsServerSide);
        await listener.TalkAsync(stream);
    }

    [Fact]
    public async Task Connects_to_an_abstract_name()
    {
        var name = "\0" + _path;
        using var listener = Listener.Unix(name);
        await using var stream = await StreamClient.ConnectUnixAsync(name).Within();

        await listener.TalkAsync(stream);
    }

    [Fact]
    public async Task Connects_to_a_Unix_end_point()
    {
        using var listener = Listener.Unix(_path);
        await using var stream = await StreamClient.ConnectAsync(new UnixDomainSocketEndPoint(_path)).Within();

        await listener.TalkAsync(stream);
    }

    [Fact]
    public async Task A_path_that_does_not_exist_is_said_so() =>
        Assert.Equal($"Could not connect to {_path}: No such file or directory.", (await FailAsync(_path)).Message);

    [Fact]
    public async Task A_path_where_nobody_listens_refuses()
    {
        await File.WriteAllTextAsync(_path, "");
        try
        {
            var error = await FailAsync(_path);

            Assert.Equal($"Could not connect to {_path}: Connection refused.", error.Message);
            Assert.Equal((new UnixDomainSocketEndPoint(_path), error.InnerException), Assert.Single(error.Attempts));
        }
        finally
        {
            File.Delete(_path);
        }
    }

    [Fact]
    public async Task An_abstract_name_that_nobody_has_refuses() =>
        Assert.Equal($"Could not connect to @{_path}: Connection refused.", (await FailAsync("\0" + _path)).Message);

    [Fact]
    public async Task An_empty_path_is_refused() =>
        await Assert.ThrowsAsync<ArgumentException>("path", () => StreamClient.ConnectUnixAsync(""));

    [Theory]
    [InlineData("", 107)]
    [InlineData("\0", 108)]
    public async Task A_path_that_is_too_long_is_refused(string start, int longest)
    {
        var longestPath = start + new string('x', longest - start.Length);
        await FailAsync(longestPath);

        var error = await Assert.ThrowsAsync<ArgumentException>("path", () => StreamClient.ConnectUnixAsync(longestPath + "x"));

        Assert.Contains($"{longest + 1} bytes", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_length_of_a_path_is_counted_in_bytes() =>
        await Assert.ThrowsAsync<ArgumentException>("path", () => StreamClient.ConnectUnixAsync(new string('é', 54)));

    [Fact]
    public async Task Waits_while_the_queue_of_the_listener_is_full()
    {
        using var listener = Listener.CloggedUnix(_path);
        var connecting = StreamClient.ConnectUnixAsync(_path);
        Assert.False(connecting.IsCompleted);

        using var clog = await listener.AcceptAsync();

        await using var stream = await connecting.Within();
        await listener.TalkAsync(stream);
    }

    [Fact]
    public async Task A_queue_that_stays_full_is_a_timeout()
    {
        using var listener = Listener.CloggedUnix(_path);

        var error = await FailAsync(_path, new StreamClientOptions { ConnectTimeout = TimeSpan.FromSeconds(0.1) });

        Assert.Equal($"Could not connect to {_path}: timed out after 0.1 seconds, see ConnectTimeout.", error.Message);
    }

    private static Task<StreamConnectException> FailAsync(string path, StreamClientOptions? options = null) =>
        Assert.ThrowsAsync<StreamConnectException>(() => StreamClient.ConnectUnixAsync(path, options)).Within();
}
