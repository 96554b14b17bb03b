// EchoServer PORT UNIX_PATH|- echo|sink|block [inline]
//
// The server of the comparison in docs/performance.md, written as the README tells users to write one. It listens on
// 127.0.0.1:PORT and on UNIX_PATH. "echo" returns every line; "sink" counts lines and answers "OK" when the client ends its output;
// "block" returns every line too, but first it keeps its thread for as many milliseconds as the line says, as no handler should.
// "inline" turns UnsafePreferInlineScheduling on.
using System.Buffers.Text;
using Kestrel.Streams;

if (args is not [var port, var unixPath, "echo" or "sink" or "block", .. [] or ["inline"]])
{
    Console.Error.WriteLine("usage: EchoServer PORT UNIX_PATH|- echo|sink|block [inline]");
    return 1;
}

Func<ConnectionStream, Task> serve = args[2] switch
{
    "sink" => SinkAsync,
    "block" => BlockAsync,
    _ => EchoAsync,
};
var options = new StreamServerOptions { Backlog = 512, UnsafePreferInlineScheduling = args.Length > 3 };
var servers = new List<StreamServerBase> { new StreamServer(serve, "127.0.0.1", int.Parse(port), options) };
if (unixPath != "-") servers.Add(new UnixStreamServer(serve, unixPath, options));

using var stop = new CancellationTokenSource();
Console.CancelKeyPress += (_, press) =>
{
    press.Cancel = true;
    stop.Cancel();
};
await Task.WhenAll(servers.Select(server => server.ServeForeverAsync(stop.Token)));
return 0;

static async Task EchoAsync(ConnectionStream stream)
{
    await foreach (var line in stream.BorrowLinesAsync())
    {
        stream.Write(line.Span);
        await stream.DrainAsync();
    }
}

static async Task BlockAsync(ConnectionStream stream)
{
    await foreach (var line in stream.BorrowLinesAsync())
    {
        _ = Utf8Parser.TryParse(line.Span, out int milliseconds, out _);
#pragma warning disable RS0030 // what is measured is a handler that blocks
        if (milliseconds > 0) Thread.Sleep(milliseconds);
#pragma warning restore RS0030
        stream.Write(line.Span);
        await stream.DrainAsync();
    }
}

static async Task SinkAsync(ConnectionStream stream)
{
    var lines = 0L;
    await foreach (var line in stream.BorrowLinesAsync())
        lines++;
    await stream.WriteAsync("OK\n"u8);
}
