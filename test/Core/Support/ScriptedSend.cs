namespace Kestrel.Streams.Tests;

/// <summary>A send under way, which ends when and how the test says.</summary>
internal sealed class ScriptedSend
{
    private readonly TaskCompletionSource _ending = new();

    public ScriptedSend(ReadOnlyMemory<byte> data, bool honoursToken, CancellationToken token)
    {
        Data = data;
        Token = token;
        if (honoursToken) token.Register(() => _ending.TrySetCanceled(token));
    }

    /// <summary>The very memory that the stream handed over.</summary>
    public ReadOnlyMemory<byte> Data { get; }

    public CancellationToken Token { get; }

    public Task Ending => _ending.Task;

    public void Complete() => _ending.TrySetResult();

    public void Fail(Exception error) => _ending.TrySetException(error);
}
