using System.Globalization;

namespace Kestrel.Streams.Tests;

/// <summary>An input that something does not hold for, made as short as a few thousand tries make it.</summary>
internal static class Finding
{
    private const int MostTries = 4_000;

    /// <summary>The shortest input found that fails in the same way.</summary>
    public static byte[] Shrink(Target target, byte[] input, Exception error)
    {
        var tries = 0;
        for (var size = Math.Max(1, input.Length / 2); size > 0 && tries < MostTries; size /= 2)
        {
            for (var at = 0; at + size <= input.Length && tries < MostTries; tries++)
            {
                byte[] shorter = [.. input[..at], .. input[(at + size)..]];
                if (FailsAlike(target, shorter, error)) input = shorter;
                else at += size;
            }
        }

        return input;
    }

    /// <summary>Writes it down beside the tests.</summary>
    /// <returns>The file.</returns>
    public static string Write(Target target, byte[] input, int seed, string error)
    {
        var folder = Directory.CreateDirectory(Path.Combine(AppContext.BaseDirectory, "findings")).FullName;
        var hex = Convert.ToHexString(input);
        var file = Path.Combine(folder, string.Create(CultureInfo.InvariantCulture, $"{target.Name}-{seed}.txt"));
        File.WriteAllText(file, string.Create(CultureInfo.InvariantCulture, $"target: {target.Name}\nseed: {seed}\ninput: {hex}\n\n{error}\n"));
        // To be put into the corpus as it is.
        File.WriteAllBytes(Path.ChangeExtension(file, ".bin"), input);
        return file;
    }

    private static bool FailsAlike(Target target, byte[] input, Exception error)
    {
        try
        {
            target.Run(input);
            return false;
        }
        catch (Exception e)
        {
            return e.GetType() == error.GetType() && e.TargetSite == error.TargetSite;
        }
    }
}
