// A small SMTP server with STARTTLS, which takes mail for everybody and passes none on: dotnet run --project sample/Smtp [port]
using Kestrel.Streams;
using Kestrel.Streams.Samples.Smtp;

using var stop = new CancellationTokenSource();
Console.CancelKeyPress += (_, key) =>
{
    key.Cancel = true;
    stop.Cancel();
};

try
{
    var settings = SmtpSettings.From(args);
    var options = new StreamServerOptions { Limit = SmtpSession.LongestLine, ShutdownTimeout = TimeSpan.FromSeconds(5) };
    await using var server = new StreamServer(
        async (stream, stopping) =>
        {
            using var session = new SmtpSession(stream, settings);
            await session.RunAsync(stopping);
        },
        "127.0.0.1", settings.Port, options);
    await server.StartServingAsync();
    Console.WriteLine($"Serving on {server.EndPoints[0]}");
    await server.ServeForeverAsync(stop.Token);
    return 0;
}
catch (Exception error) when (error is FormatException or IOException) // a bad argument, or the port is taken
{
    Console.Error.WriteLine(error.Message);
    return 1;
}
