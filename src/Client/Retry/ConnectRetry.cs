using System.Security.Authentication;
using Microsoft.Extensions.Logging;
using Polly;
using Polly.Retry;

namespace Kestrel.Streams;

/// <summary>Tries a connect again as <see cref="StreamRetryOptions"/> says.</summary>
internal static class ConnectRetry
{
    public static Task<ConnectionStream> RunAsync(
        Func<CancellationToken, Task<ConnectionStream>> connect, StreamClientOptions options, ILogger? logger, CancellationToken cancellationToken) =>
        options.Retry is { MaxAttempts: > 1 } retry
            ? RunAsync(connect, retry, options.Time, logger, cancellationToken)
            : connect(cancellationToken);

    // Apart, so that a program that never retries does not load Polly.
    private static Task<ConnectionStream> RunAsync(
        Func<CancellationToken, Task<ConnectionStream>> connect, StreamRetryOptions retry, TimeProvider time, ILogger? logger,
        CancellationToken cancellationToken) =>
        new ResiliencePipelineBuilder { TimeProvider = time }.AddRetry(Strategy(retry, logger)).Build()
            .ExecuteAsync(static async (connect, token) => await connect(token).ConfigureAwait(false), connect, cancellationToken).AsTask();

    private static RetryStrategyOptions Strategy(StreamRetryOptions retry, ILogger? logger)
    {
        var strategy = new RetryStrategyOptions
        {
            MaxRetryAttempts = retry.MaxAttempts - 1,
            BackoffType = DelayBackoffType.Exponential,
            Delay = retry.Delay,
            MaxDelay = retry.MaxDelay,
            UseJitter = retry.Randomizer is not null,
            ShouldHandle = attempt => ValueTask.FromResult(MayPass(attempt.Outcome.Exception)),
            OnRetry = attempt =>
            {
                logger?.ConnectFails(attempt.Outcome.Exception!.Message, attempt.AttemptNumber + 2, retry.MaxAttempts, attempt.RetryDelay.TotalSeconds);
                return ValueTask.CompletedTask;
            },
        };
        if (retry.Randomizer is { } randomizer)
            strategy.Randomizer = randomizer;
        return strategy;
    }

    // What a ConnectCallback throws is inside a StreamConnectException.
    private static bool MayPass(Exception? error) =>
        error is IOException and not (StreamConnectException { IsRefusal: true } or { InnerException: AuthenticationException or ArgumentException });
}
