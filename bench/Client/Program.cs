// Client streams|streams-owned|socket|tls|churn PORT [--connections 1] [--depth 1] [--bytes 64] [--warmup 1] [--seconds 2] [--server PID]
//
// Clients of a line echo on 127.0.0.1:PORT. Each connection sends DEPTH lines of BYTES bytes at once, reads them back, and begins
// again. "streams" is our client with borrowed lines and "streams-owned" with lines of its own; "socket" is a Socket with a line
// buffer, by hand; "tls" an SslStream; "churn" a connect, one line and a close with Socket. It prints what the window has
// seen as one line of JSON: operations (lines; with churn connections), and the CPU time of this process and of the server's.
using System.Diagnostics;
using System.Text.Json;
using Kestrel.Streams.Bench;

var settings = Settings.Parse(args);
if (settings is null)
{
    Console.Error.WriteLine(
        "usage: Client streams|streams-owned|socket|tls|churn PORT [--connections 1] [--depth 1] [--bytes 64] [--warmup 1] [--seconds 2] [--server PID]");
    return 1;
}

var talks = Enumerable.Range(0, settings.Connections).Select(_ => Talk.Create(settings)).ToArray();
using var server = settings.ServerId is { } id ? Process.GetProcessById(id) : null;
using var stop = new CancellationTokenSource();
var all = Task.WhenAll(talks.Select(talk => Task.Run(() => talk.RunAsync(stop.Token))));

await all.WaitForAsync(settings.Warmup);
var begin = Sample.Take(talks, server);
await all.WaitForAsync(settings.Seconds);
var end = Sample.Take(talks, server);
await stop.CancelAsync();
await all;

var operations = end.Operations - begin.Operations;
Console.WriteLine(JsonSerializer.Serialize(new
{
    operations,
    ops_s = operations / (end.At - begin.At).TotalSeconds,
    client_us = (end.ClientTime - begin.ClientTime).TotalMicroseconds / operations,
    server_us = (end.ServerTime - begin.ServerTime).TotalMicroseconds / operations,
}));
return 0;
