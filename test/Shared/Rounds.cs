namespace Kestrel.Streams.Tests;

/// <summary>
/// How often a test tries what shows only now and then, and how long a wait may last. MUTATION=1 asks for less of both: mutation testing runs
/// every test for every change of the code, and most changes that matter end in a wait.
/// </summary>
internal static class Rounds
{
    private static readonly bool _isMutation = Environment.GetEnvironmentVariable("MUTATION") is { Length: > 0 };

    public static TimeSpan Limit { get; } = TimeSpan.FromSeconds(_isMutation ? 3 : 30);

    /// <summary>So many, or a twentieth of them.</summary>
    public static int Of(int count) => _isMutation ? Math.Max(count / 20, 1) : count;
}
