using System.Net.Security;
using System.Security.Authentication;
using System.Security.Claims;
using System.Security.Cryptography.X509Certificates;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Https;
using Microsoft.Extensions.DependencyInjection;

namespace Kestrel.Streams.Tests;

/// <summary>Handlers on endpoints of the web application's own Kestrel, behind its middleware, and on the framework's own paths.</summary>
public class OwnKestrelTests
{
    public static TheoryData<string, string> Ways => new()
    {
        { "ours", "plain" }, { "ours", "https" }, { "ours", "logging" }, { "ours", "https and logging" },
        { "framework's", "plain" }, { "framework's", "https" }, { "framework's", "logging" }, { "framework's", "https and logging" },
    };

    [Theory]
    [MemberData(nameof(Ways))]
    public async Task A_handler_serves_behind_the_middleware_of_Kestrel(string whose, string behind)
    {
        await using var app = await StartAsync(whose, behind, (stream, _) => Talk.EchoAsync(stream));
        await using var client = await ConnectAsync(app, behind);

        await client.HearsItselfAsync();
        await client.HearsItselfAsync(new string('x', 100_000));
        await client.CloseAsync().Within();
        await app.StopAsync();

        Assert.Empty(app.Complaints.Errors);
    }

    [Theory]
    [MemberData(nameof(Ways))]
    public async Task When_the_application_stops_the_handler_reads_the_end_and_its_last_answer_arrives(string whose, string behind)
    {
        await using var app = await StartAsync(whose, behind, async (stream, stopping) =>
        {
            await stream.WriteAsync("ready\n");
            await stream.ReadToEndAsync();
            await stream.WriteAsync(stopping.IsCancellationRequested ? "stopped\n" : "left\n");
        });
        await using var client = await ConnectAsync(app, behind);
        Assert.Equal("ready", await client.HearLineAsync());

        await app.StopAsync();

        Assert.Equal("stopped", await client.HearLineAsync());
        Assert.Empty(app.Complaints.Errors);
    }

    [Fact]
    public async Task Behind_UseHttps_the_stream_knows_its_TLS_session()
    {
        var known = new TaskCompletionSource<(SslStream? Tls, object? Certificate, object? Cipher)>(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var app = await StartAsync("ours", "https", (stream, _) =>
        {
            known.SetResult((stream.Tls, stream.GetExtraInfo("peercert"), stream.GetExtraInfo("cipher")));
            return Task.CompletedTask;
        });
        await using var client = await ConnectAsync(app, "https");

        var (tls, certificate, cipher) = await known.Task.Within();

        Assert.NotNull(tls);
        Assert.Equal("CN=a client", Assert.IsType<X509Certificate>(certificate, exactMatch: false).Subject);
        Assert.Equal(client.GetExtraInfo("cipher"), Assert.IsType<TlsCipherSuite>(cipher));
    }

    [Fact]
    public async Task Behind_UseHttps_writes_to_a_peer_that_is_gone_fail_soon()
    {
        var (gone, failed) = (Source<bool>(), Source<Exception?>());
        await using var app = await StartAsync("ours", "https", async (stream, _) =>
        {
            await stream.WriteAsync("ready\n");
            await gone.Task;
            Exception? error = null;
            for (var i = 0; error is null && i < 100_000; i++) error = await Record.ExceptionAsync(() => stream.WriteAsync(new byte[1024]).AsTask());
            failed.SetResult(error);
        });
        var client = await ConnectAsync(app, "https");
        Assert.Equal("ready", await client.HearLineAsync());

        await client.AbortAsync().Within();
        gone.SetResult(true);

        Assert.IsType<IOException>(await failed.Task.Within());
    }

    [Fact]
    public async Task The_frameworks_MapConnectionHandler_carries_binary_messages_and_knows_its_request()
    {
        await using var app = await WebApp.StartAsync(
            static app => app.MapConnectionHandler<ScriptedHandler>("/stream"),
            static services =>
            {
                services.AddConnections();
                services.AddSingleton(new ScriptedHandler(async (stream, _) =>
                {
                    Assert.IsType<ClaimsPrincipal>(stream.GetExtraInfo("user"), exactMatch: false);
                    Assert.IsType<HttpContext>(stream.GetExtraInfo("httpcontext"), exactMatch: false);
                    await stream.WriteAsync($"{stream.RemoteEndPoint} {stream.LocalEndPoint}\n");
                    await Talk.EchoAsync(stream);
                }));
            });
        // Which refuses text.
        await using var client = await app.ConnectAsync();

        Assert.Equal($"{client.LocalEndPoint} {client.RemoteEndPoint}", await client.HearLineAsync());
        await client.HearsItselfAsync();
        await client.HearsItselfAsync(new string('x', 100_000));
    }

    [Fact]
    public void A_missing_endpoint_is_named() =>
        Assert.Equal(
            "builder",
            Assert.Throws<ArgumentNullException>(() => ConnectionBuilderStreamExtensions.UseStreamHandler<EchoHandler>(null!)).ParamName);

    private static TaskCompletionSource<T> Source<T>() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    private static Task<WebApp> StartAsync(string whose, string behind, Func<ConnectionStream, CancellationToken, Task> serve) =>
        WebApp.StartAsync(
            static _ => { },
            services => services.AddSingleton(new ScriptedHandler(serve)),
            listen =>
            {
                if (behind.Contains("https", StringComparison.Ordinal))
                {
                    listen.UseHttps(new HttpsConnectionAdapterOptions
                    {
                        ServerCertificate = TestCertificates.Server,
                        ClientCertificateMode = ClientCertificateMode.AllowCertificate,
                        ClientCertificateValidation = static (_, _, _) => true,
                    });
                }

                if (behind.Contains("logging", StringComparison.Ordinal)) listen.UseConnectionLogging();
                if (whose == "ours") listen.UseStreamHandler<ScriptedHandler>();
                else listen.UseConnectionHandler<ScriptedHandler>();
            });

    private static Task<ConnectionStream> ConnectAsync(WebApp app, string behind) => StreamClient.ConnectAsync("localhost", app.Port, new StreamClientOptions
    {
        Tls = !behind.Contains("https", StringComparison.Ordinal) ? null : new SslClientAuthenticationOptions
        {
            CertificateChainPolicy = TestCertificates.TrustAuthority,
            ClientCertificates = [TestCertificates.Client],
            EnabledSslProtocols = SslProtocols.Tls13,
        },
    }).Within();
}
