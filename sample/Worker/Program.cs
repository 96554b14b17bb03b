// A worker that delivers readings and loses none, whatever becomes of the server: dotnet run --project sample/Worker
using Kestrel.Streams.Samples.Worker;
using Microsoft.Extensions.Options;

try
{
    // The settings lie beside the program, wherever it was started from.
    var builder = Host.CreateApplicationBuilder(new HostApplicationBuilderSettings { Args = args, ContentRootPath = AppContext.BaseDirectory });
    builder.Services.AddStreamClient("collector");
    builder.Services.AddHostedService<Reporter>();
    await builder.Build().RunAsync();
    return 0;
}
catch (OptionsValidationException wrong)
{
    foreach (var fault in wrong.Failures)
        await Console.Error.WriteLineAsync(fault);
    return 1;
}
