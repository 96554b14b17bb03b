using System.Globalization;

namespace Kestrel.Streams.Tests;

/// <summary>
/// How often a test tries what shows only now and then, and how long a wait may last. MUTATION, a number of seconds for a wait, asks for less
/// of both: mutation testing runs every test for every change of the code, and most changes that matter end in a wait.
/// </summary>
internal static class Rounds
{
    private static readonly int? _mutation =
        int.TryParse(Environment.GetEnvironmentVariable("MUTATION"), NumberStyles.None, CultureInfo.InvariantCulture, out var seconds) ? seconds : null;

    public static TimeSpan Limit { get; } = TimeSpan.FromSeconds(_mutation ?? 30);

    /// <summary>So many, or a twentieth of them.</summary>
    public static int Of(int count) => _mutation is null ? count : Math.Max(count / 20, 1);
}
