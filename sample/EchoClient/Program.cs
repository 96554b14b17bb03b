// The TCP echo client of Python's asyncio page: dotnet run --project sample/EchoClient [message] [host] [port]
using System.Text;
using Kestrel.Streams;

var message = args.ElementAtOrDefault(0) ?? "Hello World!";
var host = args.ElementAtOrDefault(1) ?? "127.0.0.1";
if (!int.TryParse(args.ElementAtOrDefault(2) ?? "8888", out var port) || port is < 1 or > 65535)
    return Fail($"'{args[2]}' is no port: give one from 1 to 65535.");

try
{
    await using var stream = await StreamClient.ConnectAsync(host, port);
    Console.WriteLine($"Send: '{message}'");
    // As a line: a server that echoes lines waits for its end, and one that echoes bytes as they come sends the same back.
    await stream.WriteAsync(message + "\n");

    var answer = await stream.ReadLineAsync(Encoding.UTF8);
    Console.WriteLine($"Received: '{answer}'");
    return 0;
}
catch (Exception error) when (error is IOException or ArgumentException) // nobody there, or an empty host
{
    return Fail(error.Message);
}

static int Fail(string reason)
{
    Console.Error.WriteLine(reason);
    return 1;
}
