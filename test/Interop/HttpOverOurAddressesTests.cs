using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Logging;

namespace Kestrel.Streams.Tests;

/// <summary>.NET's HttpClient over connections that our client makes, and a web app on the framework's Kestrel, or a handler of ours, at the other end.</summary>
public sealed class HttpOverOurAddressesTests(Certificates certificates)
{
    public static TheoryData<Network> Networks => [Network.Tcp, Network.Unix];

    [Theory]
    [MemberData(nameof(Networks))]
    public async Task Many_requests_to_a_web_app_use_one_connection(Network network)
    {
        using var place = new Place(network);
        await using var app = await StartAppAsync(place);
        using var http = Client(place);
        var connections = new HashSet<string>();
        for (var i = 0; i < 100; i++)
        {
            using var answer = await http.GetAsync(Relative($"/where/{i}"), Token).Within();
            Assert.Equal($"/where/{i}", await answer.Content.ReadAsStringAsync(Token).Within());
            connections.Add(answer.Headers.GetValues("connection-id").Single());
        }

        Assert.Single(connections);
    }

    [Theory]
    [MemberData(nameof(Networks))]
    public async Task Bodies_go_and_come_back_to_the_byte(Network network)
    {
        using var place = new Place(network);
        await using var app = await StartAppAsync(place);
        using var http = Client(place);
        foreach (var length in new[] { 0, 1, 65_536, 8 * Samples.Mebibyte })
        {
            var body = Samples.Random(length);
            using var answer = await http.PostAsync(Relative("/echo"), new ByteArrayContent(body), Token).Within();
            Assert.Equal(Samples.Sha256(body), Samples.Sha256(await answer.Content.ReadAsByteArrayAsync(Token).Within()));
        }
    }

    [Fact]
    public async Task Requests_at_once_have_connections_of_their_own()
    {
        using var place = new Place(Network.Unix);
        await using var app = await StartAppAsync(place);
        using var http = Client(place);
        var body = Samples.Random(Samples.Mebibyte);
        var answers = await Task.WhenAll(Enumerable.Range(0, 16).Select(async _ =>
        {
            using var answer = await http.PostAsync(Relative("/echo"), new ByteArrayContent(body), Token);
            return Samples.Sha256(await answer.Content.ReadAsByteArrayAsync(Token));
        })).Within();
        Assert.All(answers, answer => Assert.Equal(Samples.Sha256(body), answer));
    }

    [Fact]
    public async Task HTTP_2_goes_too_with_many_requests_at_once_on_one_connection()
    {
        using var place = new Place(Network.Unix);
        await using var app = await StartAppAsync(place, HttpProtocols.Http2);
        using var http = Client(place);
        (http.DefaultRequestVersion, http.DefaultVersionPolicy) = (HttpVersion.Version20, HttpVersionPolicy.RequestVersionExact);
        var body = Samples.Random(Samples.Mebibyte);
        var connections = await Task.WhenAll(Enumerable.Range(0, 16).Select(async _ =>
        {
            using var answer = await http.PostAsync(Relative("/echo"), new ByteArrayContent(body), Token);
            Assert.Equal(Samples.Sha256(body), Samples.Sha256(await answer.Content.ReadAsByteArrayAsync(Token)));
            return answer.Headers.GetValues("connection-id").Single();
        })).Within();
        Assert.Single(connections.Distinct());
    }

    [Fact]
    public async Task TLS_may_be_ours_below_an_http_URL()
    {
        var terms = new TlsTerms(certificates);
        using var place = new Place(Network.Tcp, terms);
        await using var server = await OurServer.StartAsync(place, HttpHandler.HandleAsync);
        using var http = new HttpClient(new SocketsHttpHandler
        {
            ConnectCallback = StreamClient.HttpConnectCallback($"tls://localhost:{place.Port}", new() { Tls = terms.ClientOptions() }),
        });
        Assert.Equal("GET /a HTTP/1.1\n", await http.GetStringAsync(new Uri("http://printer/a"), Token).Within());
    }

    [Fact]
    public async Task TLS_may_be_the_HttpClients_above_our_connection()
    {
        var terms = new TlsTerms(certificates);
        using var place = new Place(Network.Tcp, terms);
        await using var server = await OurServer.StartAsync(place, HttpHandler.HandleAsync);
        using var http = new HttpClient(new SocketsHttpHandler
        {
            ConnectCallback = StreamClient.HttpConnectCallback($"tcp://127.0.0.1:{place.Port}"),
            SslOptions = terms.ClientOptions(),
        });
        Assert.Equal("GET /a HTTP/1.1\n", await http.GetStringAsync(new Uri("https://localhost/a"), Token).Within());
    }

    [Theory]
    [MemberData(nameof(Networks))]
    public async Task A_handler_that_speaks_HTTP_in_lines_is_a_server_too(Network network)
    {
        var connections = 0;
        using var place = new Place(network);
        await using var server = await OurServer.StartAsync(place, stream =>
        {
            Interlocked.Increment(ref connections);
            return HttpHandler.HandleAsync(stream);
        });
        using var http = Client(place);
        var body = Samples.Random(5 * Samples.Mebibyte);
        for (var i = 0; i < 10; i++)
        {
            Assert.Equal($"GET /{i} HTTP/1.1\n", await http.GetStringAsync(Relative($"/{i}"), Token).Within());
            using var answer = await http.PostAsync(Relative("/"), new ByteArrayContent(body), Token).Within();
            Assert.Equal(Samples.Sha256(body), Samples.Sha256(await answer.Content.ReadAsByteArrayAsync(Token).Within()));
        }

        Assert.Equal(1, connections);
    }

    [Fact]
    public async Task A_server_that_closes_after_each_answer_is_connected_anew()
    {
        var connections = 0;
        using var place = new Place(Network.Unix);
        await using var server = await OurServer.StartAsync(place, async stream =>
        {
            Interlocked.Increment(ref connections);
            await stream.ReadUntilAsync("\r\n\r\n"u8).Within();
            await stream.WriteAsync("HTTP/1.0 200 OK\r\n\r\nto the end").Within();
        });
        using var http = Client(place);
        for (var i = 0; i < 3; i++)
            Assert.Equal("to the end", await http.GetStringAsync(Relative("/"), Token).Within());
        Assert.Equal(3, connections);
    }

    [Fact]
    public async Task Nobody_there_is_told_by_the_request_with_our_reason_inside()
    {
        using var place = new Place(Network.Unix);
        using var http = Client(place);
        var error = await Assert.ThrowsAsync<HttpRequestException>(() => http.GetStringAsync(Relative("/"), Token)).Within();
        var reason = Assert.IsType<StreamConnectException>(error.InnerException);
        Assert.Equal($"Could not connect to {place.Path}: No such file or directory.", reason.Message);
    }

    [Fact]
    public async Task A_server_that_comes_late_is_waited_for_where_there_are_retries()
    {
        using var place = new Place(Network.Unix);
        using var http = Client(place, new() { Retry = new() });
        var asked = http.GetStringAsync(Relative("/late"), Token);
        await using var app = await StartAppAsync(place);
        Assert.Equal("/late", await asked.Within());
    }

    [Fact]
    public void An_address_that_is_none_is_refused_at_once() =>
        Assert.Throws<ArgumentException>("address", () => StreamClient.HttpConnectCallback("http://localhost"));

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private static Uri Relative(string path) => new(path, UriKind.Relative);

    private static HttpClient Client(Place place, StreamClientOptions? options = null) =>
        new(new SocketsHttpHandler { ConnectCallback = StreamClient.HttpConnectCallback(AddressOf(place), options) }) { BaseAddress = new("http://localhost") };

    private static string AddressOf(Place place) => place.Network == Network.Unix ? $"unix:{place.Path}" : $"tcp://127.0.0.1:{place.Port}";

    private static async Task<WebApplication> StartAppAsync(Place place, HttpProtocols protocols = HttpProtocols.Http1)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            if (place.Network == Network.Unix)
                kestrel.ListenUnixSocket(place.Path, listen => listen.Protocols = protocols);
            else
                kestrel.Listen(IPAddress.Loopback, 0, listen => listen.Protocols = protocols);
        });
        var app = builder.Build();
        app.Use((http, next) =>
        {
            http.Response.Headers["connection-id"] = http.Connection.Id;
            return next(http);
        });
        app.MapGet("/{**path}", (HttpContext http) => http.Request.Path.Value);
        app.MapPost("/echo", async (HttpContext http) =>
        {
            // All of it before the answer begins, as most apps do.
            using var body = new MemoryStream();
            await http.Request.Body.CopyToAsync(body);
            return Results.Bytes(body.ToArray());
        });
        await app.StartAsync(Token).Within();
        if (place.Network == Network.Tcp)
            place.Port = new Uri(app.Urls.Single()).Port;
        return app;
    }
}
