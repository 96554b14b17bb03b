// WebSocketEchoServer PORT raw|pipes|streams
//
// A line echo over WebSockets at ws://127.0.0.1:PORT/echo, three times: a ConnectionHandler on the pipes that MapConnectionHandler makes,
// our handler on the same pipes, and our handler on MapStreamHandler.
using System.Net;
using Kestrel.Streams.Bench;

if (args is not [var port, "raw" or "pipes" or "streams"])
{
    Console.Error.WriteLine("usage: WebSocketEchoServer PORT raw|pipes|streams");
    return 1;
}

var builder = WebApplication.CreateSlimBuilder();
builder.Logging.ClearProviders();
builder.Services.AddConnections();
builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, int.Parse(port)));
var app = builder.Build();
app.UseWebSockets();
switch (args[1])
{
    case "raw":
        app.MapConnectionHandler<RawHandler>("/echo");
        break;
    case "pipes":
        app.MapConnectionHandler<EchoHandler>("/echo");
        break;
    default:
        app.MapStreamHandler<EchoHandler>("/echo");
        break;
}

await app.RunAsync();
return 0;
