using System.Diagnostics;
using System.Net;

namespace Kestrel.Streams.Tests;

/// <summary>The span of a connection.</summary>
public sealed class SpanTests : IDisposable
{
    private readonly string _name = "spans-" + Guid.NewGuid().ToString("N");
    private readonly LogCapture _log = new();
    private readonly Entrance _entrance = new();
    private readonly SpanCapture _spans;

    public SpanTests() => _spans = new SpanCapture(_name);

    public void Dispose() => _spans.Dispose();

    [Fact]
    public async Task A_connection_is_a_span_that_says_between_whom()
    {
        await using var server = Serve((stream, _) => Talk.EchoAsync(stream));
        await server.StartServingAsync().Within();
        var client = await server.ConnectAsync();
        await client.HearsItselfAsync();
        var port = ((IPEndPoint)client.LocalEndPoint!).Port;
        var serverPort = server.Port();
        await client.CloseAsync().Within();
        await server.CloseAsync().Within();

        var span = _spans.Only;
        Assert.Equal((ActivityKind.Server, $"connection {_name}", ActivityStatusCode.Unset), (span.Kind, span.DisplayName, span.Status));
        Assert.Null(span.ParentId);
        Assert.Equal(
            [
                ("server.name", _name), ("endpoint", "StreamServer"), ("network.peer.address", "127.0.0.1"), ("network.peer.port", port),
                ("network.local.address", "127.0.0.1"), ("network.local.port", serverPort), ("network.transport", "tcp"), ("network.type", "ipv4"),
            ],
            span.TagObjects.Where(static tag => tag.Key != "connection.id").Select(static tag => (tag.Key, tag.Value)));
        Assert.NotEmpty((string)span.GetTagItem("connection.id")!);
    }

    [Fact]
    public async Task Over_a_Unix_socket_it_has_no_port()
    {
        var path = "\0ks-" + Guid.NewGuid().ToString("N");
        await using var server = new UnixStreamServer((stream, _) => Talk.EchoAsync(stream), path, Options());
        await server.StartServingAsync().Within();
        await using (var client = await StreamClient.ConnectUnixAsync(path).Within()) await client.HearsItselfAsync();
        await server.CloseAsync().Within();

        Assert.Equal("unix", _spans.Only.GetTagItem("network.transport"));
        Assert.Null(_spans.Only.GetTagItem("network.peer.port"));
        Assert.Contains(path[1..], (string)_spans.Only.GetTagItem("network.local.address")!, StringComparison.Ordinal);
    }

    [Fact]
    public async Task With_TLS_it_tells_the_version()
    {
        var options = Options();
        options.Tls = TlsTalk.ServerOptions(_log).Tls;
        await using var server = new StreamServer((stream, _) => Talk.EchoAsync(stream), "127.0.0.1", 0, options);
        await server.StartServingAsync().Within();
        await using (var client = await server.ConnectTlsAsync()) await client.HearsItselfAsync();
        await server.CloseAsync().Within();

        Assert.Equal("1.3", _spans.Only.GetTagItem("tls.protocol.version"));
    }

    [Fact]
    public async Task The_spans_of_the_handler_are_its_children()
    {
        using var source = new ActivitySource("handler of " + _name);
        using var listener = new ActivityListener
        {
            ShouldListenTo = other => other == source,
            Sample = static (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllData,
        };
        ActivitySource.AddActivityListener(listener);
        ActivitySpanId parent = default;
        await using var server = Serve(async (stream, _) =>
        {
            await stream.ReadLineAsync();
            using (var child = source.StartActivity("child")) parent = child!.ParentSpanId;
            await stream.WriteAsync("done\n");
        });
        await server.StartServingAsync().Within();
        await using (var client = await server.ConnectAsync())
        {
            await client.WriteAsync("go\n").Within();
            Assert.Equal("done\n", await client.HearLineAsync());
        }

        await server.CloseAsync().Within();
        Assert.Equal(_spans.Only.SpanId, parent);
    }

    [Fact]
    public async Task It_is_no_part_of_the_span_that_the_server_was_started_in()
    {
        using var start = new Activity("start").Start();
        await using var server = Serve((stream, _) => Talk.EchoAsync(stream));
        await server.StartServingAsync().Within();
        await using (var client = await server.ConnectAsync()) await client.HearsItselfAsync();
        await server.CloseAsync().Within();

        Assert.NotEqual(start.TraceId, _spans.Only.TraceId);
        Assert.Same(start, Activity.Current);
    }

    [Fact]
    public async Task Behind_a_proxy_the_client_is_told_beside_the_peer()
    {
        var options = Options();
        options.ProxyProtocol = new ProxyProtocolOptions();
        await using var server = new StreamServer((stream, _) => Talk.EchoAsync(stream), "127.0.0.1", 0, options);
        await server.StartServingAsync().Within();
        await using (var client = await server.ConnectAsync())
        {
            await client.WriteAsync("PROXY TCP4 192.0.2.7 198.51.100.1 4711 25\r\n").Within();
            await client.HearsItselfAsync();
        }

        await server.CloseAsync().Within();
        Assert.Equal(("192.0.2.7", 4711), (_spans.Only.GetTagItem("client.address"), _spans.Only.GetTagItem("client.port")));
        Assert.Equal("127.0.0.1", _spans.Only.GetTagItem("network.peer.address"));
    }

    [Fact]
    public async Task A_handler_that_fails_is_an_error_of_the_span()
    {
        await using var server = Serve((stream, _) => Talk.FailAsync(stream, new InvalidOperationException("broken")));
        await server.StartServingAsync().Within();
        await using (var client = await server.ConnectAsync())
        {
            await client.ProvokeAsync();
            await client.IsOverAsync();
        }

        await server.CloseAsync().Within();
        Assert.Equal((ActivityStatusCode.Error, "broken"), (_spans.Only.Status, _spans.Only.StatusDescription));
        Assert.Equal("System.InvalidOperationException", _spans.Only.GetTagItem("error.type"));
        Assert.Equal("exception", Assert.Single(_spans.Only.Events).Name);
    }

    [Fact]
    public async Task A_peer_that_resets_is_no_error()
    {
        await using var server = Serve(_entrance.Of((stream, _) => Talk.ListenAsync(stream)));
        await using var client = await _entrance.StartAsync(server);
        client.Abort();
        await server.CloseAsync().Within();

        Assert.Equal(ActivityStatusCode.Unset, _spans.Only.Status);
        Assert.Null(_spans.Only.GetTagItem("error.type"));
    }

    [Fact]
    public async Task What_gets_no_handler_tells_the_reason_and_is_no_error()
    {
        var options = Options();
        options.Tls = TlsTalk.ServerOptions(_log).Tls;
        await using var server = new StreamServer((stream, _) => Talk.EchoAsync(stream), "127.0.0.1", 0, options);
        await server.StartServingAsync().Within();
        await using (var client = await server.ConnectAsync())
        {
            await client.WriteAsync("no TLS at all\n").Within();
            await client.IsOverAsync();
        }

        await server.CloseAsync().Within();
        Assert.Equal((ActivityStatusCode.Unset, "handshake_failed"), (_spans.Only.Status, (string?)_spans.Only.GetTagItem("reason")));
    }

    private StreamServer Serve(Func<ConnectionStream, CancellationToken, Task> serve) => new(serve, "127.0.0.1", 0, Options());

    private StreamServerOptions Options() => new() { Name = _name, LoggerFactory = _log.Factory };
}
