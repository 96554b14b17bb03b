using System.Runtime.CompilerServices;

namespace Kestrel.Streams;

/// <summary>
/// How often and how soon a connect that failed is tried again: after <see cref="Delay"/>, then after twice as long each time, up to
/// <see cref="MaxDelay"/>, and each time a random bit more or less, so that the clients of a server that restarts do not come all at once.
/// </summary>
/// <remarks>
/// <para>What may pass is tried again: a <see cref="StreamConnectException"/> (nobody listens, the name is not known, no answer in time) and
/// an <see cref="IOException"/> of the TLS handshake. What will not pass is not: a certificate that is not trusted
/// (<see cref="System.Security.Authentication.AuthenticationException"/>), arguments that cannot be meant, a callback that throws one of
/// these two, a cancelled token. The last attempt's exception is the connect's.</para>
/// <para>For other rules leave <see cref="StreamClientOptions.Retry"/> null and wrap the connect in a pipeline of Polly's.</para>
/// </remarks>
public class StreamRetryOptions
{
    private static readonly TimeSpan _longest = TimeSpan.FromDays(1);

    /// <summary>How often a connect is tried in all; 1 is once, without a retry; above zero; 10, which takes some 40 seconds, unless set.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is zero or below.</exception>
    public int MaxAttempts { get; set => field = ConnectionStreamOptions.Positive(value); } = 10;

    /// <summary>How long about the first retry waits; above zero, at most a day; 200 milliseconds unless set.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is zero, below zero or more than a day.</exception>
    public TimeSpan Delay { get; set => field = Pause(value); } = TimeSpan.FromMilliseconds(200);

    /// <summary>The longest any retry waits; above zero, at most a day; 10 seconds unless set.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is zero, below zero or more than a day.</exception>
    public TimeSpan MaxDelay { get; set => field = Pause(value); } = TimeSpan.FromSeconds(10);

    /// <summary>Random numbers from 0 to 1, or null for pauses of exactly their length; a test has its own.</summary>
    internal Func<double>? Randomizer { get; set; } = Random.Shared.NextDouble;

    private static TimeSpan Pause(TimeSpan value, [CallerMemberName] string name = "") =>
        value > TimeSpan.Zero && value <= _longest
            ? value
            : throw new ArgumentOutOfRangeException(name, value, $"{name} is {value}: it must be above zero and at most a day.");
}
