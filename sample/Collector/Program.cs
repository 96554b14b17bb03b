// Where sample/Worker delivers to: writes each line once and says so: dotnet run --project sample/Collector [port] [file]
using System.Text;
using Kestrel.Streams;
using Kestrel.Streams.Samples.Collector;

using var stop = new CancellationTokenSource();
Console.CancelKeyPress += (_, key) =>
{
    key.Cancel = true;
    stop.Cancel();
};

using var collection = new Collection(args.ElementAtOrDefault(1) ?? "collected.txt");
await using var server = new StreamServer(CollectAsync, "127.0.0.1", int.Parse(args.ElementAtOrDefault(0) ?? "8910"));
await server.StartServingAsync();
Console.WriteLine($"Collecting on {server.EndPoints[0]}");
await server.ServeForeverAsync(stop.Token);

// The first line names the run of the worker; an empty one says that there are no more.
async Task CollectAsync(ConnectionStream stream, CancellationToken stopping)
{
    var run = await stream.ReadLineAsync(Encoding.UTF8, stopping);
    while (await stream.ReadLineAsync(Encoding.UTF8, stopping) is { Length: > 0 } line)
    {
        var number = long.Parse(line.AsSpan(0, line.IndexOf(' ')));
        if (collection.Add(run!, number, line))
            Console.WriteLine(line);
        await stream.WriteAsync($"{number}\n", CancellationToken.None);
    }
}
