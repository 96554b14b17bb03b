using Kestrel.Streams;
using Kestrel.Streams.Samples.WebHost;

var figures = new EchoFigures();
try
{
    // The page and the settings lie beside the program, wherever it was started from.
    var builder = WebApplication.CreateBuilder(new WebApplicationOptions { Args = args, ContentRootPath = AppContext.BaseDirectory });
    var settings = HostSettings.From(builder.Configuration);

    builder.Services.AddSingleton(services => new EchoServers(EchoAsync, settings, services.GetRequiredService<ILoggerFactory>()));
    builder.Services.AddHostedService(services => services.GetRequiredService<EchoServers>());
    builder.Services.Configure<HostOptions>(HostSettings.StopSoon);

    await using var app = builder.Build();
    app.UseDefaultFiles();
    app.UseStaticFiles();
    app.MapPage(figures);

    await StartupTrouble.ExplainAsync(app.StartAsync(), settings.Urls, "address with --Urls <url>");
    Console.WriteLine(Guide.Of(app).ToConsoleText());
    await app.WaitForShutdownAsync();
    return 0;
}
catch (Exception trouble) when (trouble is StartupTrouble or InvalidDataException)
{
    await Console.Error.WriteLineAsync(trouble.Message);
    return 1;
}

// One call for each connection, over TCP and over the Unix socket alike. The lines end when the peer has sent its last
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
