using System.Collections.Concurrent;
using System.Diagnostics;

namespace Kestrel.Streams.Tests;

/// <summary>Keeps the spans of one server that have ended.</summary>
internal sealed class SpanCapture : IDisposable
{
    private readonly ConcurrentQueue<Activity> _ended = [];
    private readonly ActivityListener _listener;

    public SpanCapture(string server)
    {
        _listener = new ActivityListener
        {
            ShouldListenTo = static source => source.Name == "Kestrel.Streams",
            Sample = static (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllDataAndRecorded,
            ActivityStopped = span =>
            {
                if (span.GetTagItem("server.name") as string == server) _ended.Enqueue(span);
            },
        };
        ActivitySource.AddActivityListener(_listener);
    }

    /// <summary>The only one.</summary>
    public Activity Only => Assert.Single(_ended);

    public void Dispose() => _listener.Dispose();
}
