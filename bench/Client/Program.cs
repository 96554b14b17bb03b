// Client streams|streams-owned|socket|tls|websocket|churn PORT [--connections 1] [--depth 1] [--bytes 64] [--warmup 1] [--seconds 2] [--server PID]
//
// Clients of a line echo on 127.0.0.1:PORT. Each connection sends DEPTH lines of BYTES bytes at once, reads them back, and begins
// again. "streams" is our client with borrowed lines and "streams-owned" with lines of its own; "socket" is a Socket with a line
// buffer, by hand; "tls" an SslStream; "websocket" a ClientWebSocket on /echo; "churn" a connect, one line and a close with Socket. It prints what the window has
// seen as one line of JSON: operations (lines; with churn connections), the CPU time of this process and of the server's for one,
// and the processors that others used.
using System.Diagnostics;
using System.Text.Json;
using Kestrel.Streams.Bench;

var settings = Settings.Parse(args);
if (settings is null)
{
    Console.Error.WriteLine(
        "usage: Client streams|streams-owned|socket|tls|websocket|churn PORT "
        + "[--connections 1] [--depth 1] [--bytes 64] [--warmup 1] [--seconds 2] [--server PID]");
    return 1;
}

var talks = Enumerable.Range(0, settings.Connections).Select(_ => Talk.Create(settings)).ToArray();
using var process = settings.ServerId is { } id ? Process.GetProcessById(id) : null;
using var stop = new CancellationTokenSource();
var all = Task.WhenAll(talks.Select(talk => Task.Run(() => talk.RunAsync(stop.Token))));

await all.WaitForAsync(settings.Warmup);
var begin = Sample.Take(talks, process);
await all.WaitForAsync(settings.Seconds);
var end = Sample.Take(talks, process);
await stop.CancelAsync();
await all;

var seconds = (end.At - begin.At).TotalSeconds;
var operations = end.Operations - begin.Operations;
var (client, server) = (end.ClientTime - begin.ClientTime, end.ServerTime - begin.ServerTime);
var others = end.MachineTime - begin.MachineTime - client - server;
Console.WriteLine(JsonSerializer.Serialize(new
{
    operations,
    ops_s = operations / seconds,
    client_us = client.TotalMicroseconds / operations,
    server_us = server.TotalMicroseconds / operations,
    foreign_cores = others.TotalSeconds / seconds,
}));
return 0;
