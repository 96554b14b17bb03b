using Kestrel.Streams;
using Kestrel.Streams.Samples.WebHost;
using Kestrel.Streams.Samples.WebHost.Chat;
using Kestrel.Streams.Samples.WebHost.Operations;

var figures = new EchoFigures();

// The page and the settings lie beside the program, wherever it was started from.
var builder = WebApplication.CreateBuilder(new WebApplicationOptions { Args = args, ContentRootPath = AppContext.BaseDirectory });

// Where they listen is a matter of appsettings.json, and of the command line: --Streams:Servers:tcp:Endpoints:Echo:Url tcp://0.0.0.0:9999
builder.Services
    .AddChat()
    .AddStreamServer("tcp", (stream, _) => EchoAsync(stream))
    .AddStreamServer("tls", (stream, _) => EchoAsync(stream))
    .AddStreamServer("unix", (stream, _) => EchoAsync(stream));

// WebSockets are connections of the web server; those of the stream servers have their limits in appsettings.json.
builder.WebHost.ConfigureKestrel(static kestrel => kestrel.Limits.MaxConcurrentUpgradedConnections = 10_000);
builder.Services.AddFigures(figures).AddPageUrlCheck();

var app = builder.Build();
app.UsePageSafety();
app.UseDefaultFiles();
app.UseStaticFiles();
app.MapPage();
app.MapChat();
app.Lifetime.ApplicationStarted.Register(() => Console.WriteLine(Guide.Of(app).ToConsoleText()));
return await app.RunWithExitCodeAsync();

// One call for each connection, over TCP, TLS and the Unix socket alike. The lines end when the peer has sent its last
// one, and also when the host stops; the stream is closed when this returns.
async Task EchoAsync(ConnectionStream stream)
{
    using var connection = figures.CountConnection();
    while (true)
    {
        try
        {
            await foreach (var line in stream.BorrowLinesAsync())
            {
                stream.Write(line.Span);
                figures.CountLine(line.Length);
                await stream.DrainAsync();  // waits only for a peer that does not read its echo
            }
            return;
        }
        catch (LimitOverrunException tooLong)
        {
            await stream.WriteAsync($"error: a line may have {tooLong.Limit} bytes\n");
            await stream.SkipLineAsync();
        }
    }
}
