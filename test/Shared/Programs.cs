using System.Diagnostics;

namespace Kestrel.Streams.Tests;

/// <summary>
/// The programs the tests talk to. Where one is missing, the test is skipped and says so; where CI is set it fails, because there
/// a skip would be read as a pass.
/// </summary>
internal static class Programs
{
    private static readonly Lazy<string?> _netcat = new(FindOpenBsdNetcat);

    public static string PathOf(string program)
    {
        var path = program == "nc" ? _netcat.Value : Find(program);
        if (path is not null)
            return path;

        var reason = program == "nc"
            ? "OpenBSD's nc is not on the PATH (package netcat-openbsd); ./test.sh installs it when run as root."
            : $"{program} is not on the PATH; ./test.sh installs it when run as root.";
        if (Environment.GetEnvironmentVariable("CI") is { Length: > 0 } and not "false")
            Assert.Fail($"{reason} With CI set this is a failure.");
        Assert.Skip(reason);
        return "";
    }

    // Servers live in a directory that only root has on the PATH.
    private static string? Find(string program) =>
        $"{Environment.GetEnvironmentVariable("PATH")}:/usr/sbin".Split(':', StringSplitOptions.RemoveEmptyEntries)
            .Select(directory => Path.Combine(directory, program))
            .FirstOrDefault(File.Exists);

    // The other netcats have no -N and no -U.
    private static string? FindOpenBsdNetcat()
    {
        if (Find("nc") is not { } path)
            return null;
        using var help = Process.Start(new ProcessStartInfo(path, "-h")
        {
            UseShellExecute = false,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;
        var output = help.StandardOutput.ReadToEndAsync();
        var text = help.StandardError.ReadToEnd() + output.GetAwaiter().GetResult();
        return text.Contains("OpenBSD", StringComparison.Ordinal) ? path : null;
    }
}
