// A server and a client in one native program, without a runtime: dotnet publish sample/Aot -o aot
//   aot/Kestrel.Streams.Samples.Aot server                   all further arguments are configuration: --Streams:Servers:echo:IdleTimeout=00:01:00
//   aot/Kestrel.Streams.Samples.Aot client "hello"           --Streams:Clients:echo:Url=unix:echo.sock
using System.Security.Authentication;
using System.Text;
using Kestrel.Streams;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

return args switch
{
    ["server", .. var settings] => await ServeAsync(settings),
    ["client", var line, .. var settings] => await AskAsync(line, settings),
    _ => Fail("Say what it is to be: server, or client and a line to send."),
};

static async Task<int> ServeAsync(string[] settings)
{
    var builder = Host.CreateApplicationBuilder(settings);
    builder.Services.AddStreamServer("echo", options => options.Listen("tcp://127.0.0.1:8888").Listen("unix:echo.sock"), EchoAsync);
    using var host = builder.Build();
    host.Services.GetRequiredService<IHostApplicationLifetime>().ApplicationStarted.Register(
        () => Console.WriteLine($"Serving on {string.Join(", ", host.Services.GetRequiredKeyedService<StreamServerBase>("echo").EndPoints)}"));
    return await host.RunWithExitCodeAsync();
}

static async Task<int> AskAsync(string line, string[] settings)
{
    var builder = Host.CreateApplicationBuilder(settings);
    builder.Logging.SetMinimumLevel(LogLevel.Warning);
    builder.Services.AddStreamClient("echo", options => options.Url = "tcp://127.0.0.1:8888");
    using var host = builder.Build();
    try
    {
        await using var stream = await host.Services.GetRequiredService<IStreamClientFactory>().ConnectAsync("echo");
        await stream.WriteAsync(line + "\n");
        Console.WriteLine(await stream.ReadLineAsync(Encoding.UTF8));
        return 0;
    }
    catch (Exception error) when (error is IOException or AuthenticationException or OptionsValidationException)
    {
        return Fail(error.Message);
    }
}

static async Task EchoAsync(ConnectionStream stream, CancellationToken stopping)
{
    await foreach (var line in stream.ReadLinesAsync(stopping)) await stream.WriteAsync(line, stopping);
}

static int Fail(string reason)
{
    Console.Error.WriteLine(reason);
    return 1;
}
