namespace Kestrel.Streams.Tests;

/// <summary>Something that happens once, to be awaited: tests wait for signals and never sleep.</summary>
internal sealed class Signal<T>
{
    private readonly TaskCompletionSource<T> _source = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public Task<T> Task => _source.Task;

    public void Set(T value) => _source.TrySetResult(value);
}

/// <inheritdoc cref="Signal{T}"/>
internal sealed class Signal
{
    private readonly TaskCompletionSource _source = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public Task Task => _source.Task;

    public void Set() => _source.TrySetResult();
}
