using System.Net.Sockets;
using System.Reflection;

namespace Kestrel.Streams.Tests;

#pragma warning disable CS0618 // the deprecated two are what is tested here
public sealed class StartServerTests : IDisposable
{
    private readonly TempDirectory _directory = new();
    private readonly LogCapture _log = new();

    public static TheoryData<bool> TcpAndUnix => AnyServer.TcpAndUnix;

    public void Dispose() => _directory.Dispose();

    [Theory]
    [MemberData(nameof(TcpAndUnix))]
    public async Task The_server_serves_already_and_its_callback_gets_a_reader_and_a_writer(bool unix)
    {
        await using var server = await StartAsync(unix, EchoOnceAsync);

        Assert.True(server.IsServing);
        await using var client = await server.ConnectAsync();
        await client.WriteAsync("ping\n").Within();
        // The callback has returned then, without having closed anything.
        Assert.Equal("ping\n", await client.HearAllAsync());
        Assert.Empty(_log.Complaints);
    }

    [Theory]
    [MemberData(nameof(TcpAndUnix))]
    public async Task The_callback_may_close_the_writer_as_in_asyncio(bool unix)
    {
        await using var server = await StartAsync(unix, static async (reader, writer) =>
        {
            await EchoOnceAsync(reader, writer);
            await writer.CloseAsync();
            await writer.WaitClosedAsync();
        });
        await using var client = await server.ConnectAsync();
        await client.WriteAsync("ping\n").Within();

        Assert.Equal("ping\n", await client.HearAllAsync());
        Assert.Empty(_log.Complaints);
    }

    [Theory]
    [MemberData(nameof(TcpAndUnix))]
    public async Task A_plain_callable_is_a_callback_that_waits(bool unix)
    {
        var connected = new Signal<(IStreamReader Reader, IStreamWriter Writer)>();
        Action<IStreamReader, IStreamWriter> callable = (reader, writer) => connected.Set((reader, writer));
        await using var server = await StartAsync(unix, (reader, writer) =>
        {
            callable(reader, writer);
            return writer.WaitClosedAsync();
        });
        await using var client = await server.ConnectAsync();
        var (reader, writer) = await connected.Task.Within();

        await client.WriteAsync("ping\n").Within();
        await EchoOnceAsync(reader, writer).Within();
        Assert.Equal("ping\n", await client.HearLineAsync());
        await writer.CloseAsync().Within();

        Assert.Equal("", await client.HearAllAsync());
    }

    [Theory]
    [MemberData(nameof(TcpAndUnix))]
    public async Task It_may_be_bound_only_and_serve_later(bool unix)
    {
        await using var server = await StartAsync(unix, EchoOnceAsync, startServing: false);
        Assert.True(server.IsBound);
        Assert.False(server.IsServing);
        await Talk.RefusesAsync(server.EndPoints[0]);

        await server.StartServingAsync().Within();

        await using var client = await server.ConnectAsync();
        await client.WriteAsync("ping\n").Within();
        Assert.Equal("ping\n", await client.HearAllAsync());
    }

    [Fact]
    public async Task The_options_are_those_of_the_servers()
    {
        var limit = new Signal<int>();
        var options = new StreamServerOptions { Limit = 99, LoggerFactory = _log.Factory };
        await using var server = await StreamServer.StartServerAsync(
            (reader, _) =>
            {
                limit.Set(Assert.IsType<ConnectionStream>(reader).Limit);
                return Task.CompletedTask;
            },
            "127.0.0.1",
            0,
            options).Within();
        await using var client = await server.ConnectAsync();

        Assert.Equal(99, await limit.Task.Within());
    }

    [Theory]
    [MemberData(nameof(TcpAndUnix))]
    public async Task A_callback_that_throws_is_logged_by_its_own_name(bool unix)
    {
        await using var server = await StartAsync(unix, FailAsync);
        await using var client = await server.ConnectAsync();
        await client.ProvokeAsync();
        await client.IsOverAsync();

        var complaint = await _log.FirstAsync(static entry => entry.Error is InvalidDataException).Within();
        Assert.Contains("The handler of connection", complaint.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task They_fail_as_the_servers_do_and_leave_nothing_bound()
    {
        await using var holder = await StartAsync(unix: false, EchoOnceAsync);
        await using var live = await StartAsync(unix: true, EchoOnceAsync);
        using var adopted = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        adopted.Bind(new System.Net.IPEndPoint(System.Net.IPAddress.Loopback, 0));
        var cancelled = new CancellationToken(canceled: true);

        await Assert.ThrowsAsync<ArgumentNullException>("clientConnected", () => StreamServer.StartServerAsync(null!));
        await Assert.ThrowsAsync<ArgumentNullException>("clientConnected", () => UnixStreamServer.StartUnixServerAsync(null!, "s"));
        await Assert.ThrowsAsync<ArgumentException>("host", () => StreamServer.StartServerAsync(EchoOnceAsync, ""));
        await Assert.ThrowsAsync<ArgumentNullException>("path", () => UnixStreamServer.StartUnixServerAsync(EchoOnceAsync));
        await Assert.ThrowsAsync<IOException>(() => StreamServer.StartServerAsync(EchoOnceAsync, "127.0.0.1", holder.Port()).Within());
        await Assert.ThrowsAsync<IOException>(() => UnixStreamServer.StartUnixServerAsync(EchoOnceAsync, _directory["s"]).Within());
        var error = await Assert.ThrowsAnyAsync<OperationCanceledException>(() => StreamServer.StartServerAsync(
            EchoOnceAsync, options: new StreamServerOptions { Socket = adopted }, cancellationToken: cancelled).Within());
        Assert.Equal(cancelled, error.CancellationToken);
        // Nobody has got the server that it belonged to.
        Assert.True(adopted.SafeHandle.IsClosed);
    }

    [Theory]
    [InlineData(typeof(StreamServer), "StartServerAsync")]
    [InlineData(typeof(UnixStreamServer), "StartUnixServerAsync")]
    public void They_are_obsolete_and_name_what_to_use(Type server, string name)
    {
        var obsolete = server.GetMethod(name)!.GetCustomAttribute<ObsoleteAttribute>();

        Assert.Contains($"make a {server.Name} and call its {nameof(StreamServerBase.StartServingAsync)}", obsolete!.Message, StringComparison.Ordinal);
        Assert.False(obsolete.IsError);
    }

    private static async Task EchoOnceAsync(IStreamReader reader, IStreamWriter writer) =>
        await writer.WriteAsync(await reader.ReadLineAsync());

    private static async Task FailAsync(IStreamReader reader, IStreamWriter writer)
    {
        await reader.ReadLineAsync();
        throw new InvalidDataException($"The callback fails; it is closing: {writer.IsClosing}.");
    }

    private async Task<StreamServerBase> StartAsync(bool unix, Func<IStreamReader, IStreamWriter, Task> serve, bool startServing = true)
    {
        var options = new StreamServerOptions { LoggerFactory = _log.Factory };
        return unix
            ? await UnixStreamServer.StartUnixServerAsync(serve, _directory["s"], options, startServing).Within()
            : await StreamServer.StartServerAsync(serve, "127.0.0.1", 0, options, startServing).Within();
    }
}
