namespace Kestrel.Streams.Tests;

/// <summary>A Kestrel that takes connection middleware: ours or the stock one.</summary>
internal interface IMiddlewareServer : IAsyncDisposable
{
    Task<ConnectionStream> ConnectAsync();

    Task StopAsync();
}
