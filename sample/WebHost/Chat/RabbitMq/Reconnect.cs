using Polly;
using Polly.Retry;

namespace Kestrel.Streams.Samples.WebHost.Chat.RabbitMq;

/// <summary>Tries to reach the broker until it is there, or the node stops: whatever goes wrong, with pauses that grow to two seconds.</summary>
internal static class Reconnect
{
    public static ResiliencePipeline Pipeline(TimeProvider time, Action<string> failed) =>
        new ResiliencePipelineBuilder { TimeProvider = time }
            .AddRetry(new RetryStrategyOptions
            {
                // The client cancels by itself what the broker does not answer in time: only a stop is the end.
                ShouldHandle = static attempt => new(attempt.Outcome.Exception is not null && !attempt.Context.CancellationToken.IsCancellationRequested),
                MaxRetryAttempts = int.MaxValue,
                Delay = TimeSpan.FromMilliseconds(100),
                MaxDelay = TimeSpan.FromSeconds(2),
                BackoffType = DelayBackoffType.Exponential,
                UseJitter = true,
                OnRetry = attempt =>
                {
                    failed(attempt.Outcome.Exception is OperationCanceledException ? "it has not answered in time." : attempt.Outcome.Exception!.Message);
                    return default;
                },
            })
            .Build();
}
