using System.Security.Claims;
using System.Text.Encodings.Web;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Mvc.Testing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Kestrel.Streams.Tests;

/// <summary>An application as its own tests start it: /stream is for members, /open for everybody.</summary>
public sealed class WebFactory : WebApplicationFactory<WebFactory>
{
    protected override IHostBuilder CreateHostBuilder() => Host.CreateDefaultBuilder().ConfigureWebHostDefaults(static web => web
        .ConfigureServices(static services =>
        {
            services.AddAuthentication("Name").AddScheme<AuthenticationSchemeOptions, NameScheme>("Name", static _ => { });
            services.AddAuthorizationBuilder().AddPolicy("member", static policy => policy.RequireRole("member"));
        })
        .Configure(static app => app.UseRouting().UseAuthentication().UseAuthorization().UseEndpoints(static endpoints =>
        {
            endpoints.MapStreamHandler<GreetingHandler>("/stream").RequireAuthorization("member");
            endpoints.MapStreamHandler<EchoHandler>("/open");
        })));

    // The factory looks for the application's files beside the solution, where there are none.
    protected override IHost CreateHost(IHostBuilder builder) => base.CreateHost(builder.UseContentRoot(AppContext.BaseDirectory));

    protected override void ConfigureWebHost(IWebHostBuilder builder) => builder.ConfigureLogging(static logging => logging.ClearProviders());

    /// <summary>Believes what the header says: "Name alice" is a member, "Guest bob" is none.</summary>
    private sealed class NameScheme(IOptionsMonitor<AuthenticationSchemeOptions> options, ILoggerFactory logging, UrlEncoder encoder)
        : AuthenticationHandler<AuthenticationSchemeOptions>(options, logging, encoder)
    {
        protected override Task<AuthenticateResult> HandleAuthenticateAsync()
        {
            if (Request.Headers.Authorization.ToString().Split(' ') is not [var kind, var name]) return Task.FromResult(AuthenticateResult.NoResult());
            var identity = new ClaimsIdentity([new(ClaimTypes.Name, name)], Scheme.Name);
            if (kind == "Name") identity.AddClaim(new(ClaimTypes.Role, "member"));
            return Task.FromResult(AuthenticateResult.Success(new(new(identity), Scheme.Name)));
        }
    }

    private sealed class GreetingHandler : StreamHandler
    {
        protected override async Task HandleAsync(ConnectionStream stream, CancellationToken stopping)
        {
            var user = (ClaimsPrincipal)stream.GetExtraInfo("user")!;
            await stream.WriteAsync($"hello {user.Identity!.Name}\n", stopping);
            await Talk.EchoAsync(stream);
        }
    }
}
