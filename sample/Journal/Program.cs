// A service behind a load balancer: it writes each line it receives into a file, with the address of the client, and says ok when it is there.
//   dotnet run --project sample/Journal -- --File=journal.txt --Streams:Servers:journal:Endpoints:main:Url=tcp://127.0.0.1:8888
// Behind a proxy: --Streams:Servers:journal:Endpoints:main:ProxyProtocol:Enabled=true. Under systemd: ...:Url=systemd:journal.
// SIGTERM: it accepts no more, answers what it has read, and ends.
using System.Text;
using Kestrel.Streams;
using Kestrel.Streams.Samples.Journal;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

var builder = Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings { Args = args });
if (builder.Configuration["File"] is not { Length: > 0 } file)
{
    await Console.Error.WriteLineAsync("There is no file: give one with --File=journal.txt.");
    return 1;
}

builder.Logging.AddSimpleConsole(console => console.SingleLine = true);
builder.Services.AddSingleton(_ => new JournalFile(file));
builder.Services.AddStreamServer("journal", options => options.ShutdownTimeout = TimeSpan.FromSeconds(10), KeepAsync);
var host = builder.Build();
host.Services.GetRequiredService<IHostApplicationLifetime>().ApplicationStarted.Register(() =>
{
    var server = host.Services.GetRequiredKeyedService<StreamServerBase>("journal");
    Console.WriteLine($"Serving on {string.Join(", ", server.EndPoints)}");
});
return await host.RunWithExitCodeAsync();

static async Task KeepAsync(ConnectionStream stream, IServiceProvider services, CancellationToken stopping)
{
    var journal = services.GetRequiredService<JournalFile>();
    // When the server stops, the input ends behind what has come; a line that this cuts is none: nobody is told that it is kept.
    while (await stream.ReadLineAsync(CancellationToken.None) is [.., (byte)'\n'] line)
    {
        var text = Encoding.UTF8.GetString(line);
        await journal.AppendAsync($"{stream.RemoteEndPoint} {text}");
        await stream.WriteAsync($"ok {text}", CancellationToken.None);
    }
}
