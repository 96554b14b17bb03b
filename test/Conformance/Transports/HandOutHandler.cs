namespace Kestrel.Streams.Tests;

/// <summary>Hands the stream of its one connection to the test, and returns when the test is done with it.</summary>
internal sealed class HandOutHandler(ConnectionStreamOptions? options) : StreamHandler(options)
{
    private readonly TaskCompletionSource<ConnectionStream> _stream = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _done = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public Task<ConnectionStream> Stream => _stream.Task;

    public void Done() => _done.TrySetResult();

    protected override Task HandleAsync(ConnectionStream stream, CancellationToken stopping)
    {
        _stream.SetResult(stream);
        return _done.Task;
    }
}
