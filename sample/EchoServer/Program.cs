// The TCP echo server of Python's asyncio page: dotnet run --project sample/EchoServer [port]; Ctrl+C ends it.
using System.Text;
using Kestrel.Streams;

if (!ushort.TryParse(args.ElementAtOrDefault(0) ?? "8888", out var port))
    return Fail($"'{args[0]}' is no port: give one from 1 to 65535, or 0 for any that is free.");

using var stop = new CancellationTokenSource();
Console.CancelKeyPress += (_, key) =>
{
    key.Cancel = true; // the server ends in its own time: with the answers that are under way
    stop.Cancel();
};

try
{
    await using var server = new StreamServer(HandleEchoAsync, "127.0.0.1", port);
    await server.StartServingAsync();
    Console.WriteLine($"Serving on {server.EndPoints[0]}");
    await server.ServeForeverAsync(stop.Token);
    return 0;
}
catch (IOException error) // the port is taken
{
    return Fail(error.Message);
}

static async Task HandleEchoAsync(ConnectionStream stream)
{
    var data = await stream.ReadAsync(100);
    var message = Encoding.UTF8.GetString(data).ReplaceLineEndings(@"\n");
    Console.WriteLine($"Received '{message}' from {stream.RemoteEndPoint}");

    Console.WriteLine($"Send: '{message}'");
    await stream.WriteAsync(data);

    Console.WriteLine("Close the connection");
    await stream.CloseAsync();
}

static int Fail(string reason)
{
    Console.Error.WriteLine(reason);
    return 1;
}
