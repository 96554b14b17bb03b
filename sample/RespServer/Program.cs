// A small Redis: dotnet run --project sample/RespServer [port], then redis-cli -p 6380. Ctrl+C ends it.
// It keeps everything in memory, asks for no password and so listens on the loopback only.
using Kestrel.Streams;
using Kestrel.Streams.Samples.RespServer;

if (!ushort.TryParse(args.ElementAtOrDefault(0) ?? "6380", out var port))
    return Fail($"'{args[0]}' is no port: give one from 1 to 65535, or 0 for any that is free.");

using var stop = new CancellationTokenSource();
Console.CancelKeyPress += (_, key) =>
{
    key.Cancel = true; // the commands that have come are still answered
    stop.Cancel();
};

var store = new Store(TimeProvider.System);
var channels = new Channels();
using var sweep = new Timer(_ => store.Sweep(), state: null, TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(1));
try
{
    var options = new StreamServerOptions { ShutdownTimeout = TimeSpan.FromSeconds(5) };
    await using var server = new StreamServer(stream => new RespSession(stream, store, channels).RunAsync(), "127.0.0.1", port, options);
    await server.StartServingAsync();
    Console.WriteLine($"Serving on {server.EndPoints[0]}");
    await server.ServeForeverAsync(stop.Token);
    return 0;
}
catch (IOException error) // the port is taken
{
    return Fail(error.Message);
}

static int Fail(string reason)
{
    Console.Error.WriteLine(reason);
    return 1;
}
