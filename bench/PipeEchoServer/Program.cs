// PipeEchoServer PORT UNIX_PATH|- echo|sink
//
// What bench/EchoServer does, on the pipes of a web application's own Kestrel: what our stream costs over a transport that is not ours.
using System.Net;
using Kestrel.Streams.Bench;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Server.Kestrel.Core;

if (args is not [var port, var unixPath, "echo" or "sink"])
{
    Console.Error.WriteLine("usage: PipeEchoServer PORT UNIX_PATH|- echo|sink");
    return 1;
}

var builder = WebApplication.CreateSlimBuilder();
builder.Logging.ClearProviders();
builder.WebHost.ConfigureKestrel(kestrel =>
{
    kestrel.Listen(IPAddress.Loopback, int.Parse(port), Serve);
    if (unixPath == "-") return;
    File.Delete(unixPath);
    kestrel.ListenUnixSocket(unixPath, Serve);
});
await builder.Build().RunAsync();
return 0;

void Serve(ListenOptions listen)
{
    if (args[2] == "sink") listen.UseConnectionHandler<SinkHandler>();
    else listen.UseConnectionHandler<EchoHandler>();
}
