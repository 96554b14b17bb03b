using System.Diagnostics;
using System.Runtime.Versioning;

namespace Kestrel.Streams.Tests;

/// <summary>What another user of the machine may do. Only root can take another's place: without it the test is skipped, and says so.</summary>
[SupportedOSPlatform("linux")]
internal static class OtherUser
{
    public const uint Id = 65534; // nobody

    private const string Knock = """
        import socket, sys
        with socket.socket(socket.AF_UNIX) as s:
            try:
                s.connect(sys.argv[1])
                print(s.makefile().readline().strip() or 'closed')
            except OSError as e:
                print(e.strerror)
        """;

    private const string KnockOnAndOn = """
        import os, socket, sys, threading
        print('knocking', flush=True)
        over = []
        threading.Thread(target=lambda: (sys.stdin.read(), over.append(1)), daemon=True).start()
        seen = set()
        while not over:
            with socket.socket(socket.AF_UNIX) as s:
                try:
                    s.connect(sys.argv[1])
                    seen.add('connected')
                except OSError as e:
                    seen.add(e.strerror)
        print(sorted(seen))
        """;

    /// <summary>Connects once: the first line that comes, or why nothing does.</summary>
    public static async Task<string> KnockAsync(string path)
    {
        using var process = Start(Knock, path);
        var answer = await process.StandardOutput.ReadToEndAsync().Within();
        await process.WaitForExitAsync().Within();
        return answer.Trim();
    }

    /// <summary>Connects all the time while something goes on: what came of it, of whatever kind.</summary>
    public static async Task<string> KnockWhileAsync(string path, Func<Task> action)
    {
        using var process = Start(KnockOnAndOn, path);
        Assert.Equal("knocking", await process.StandardOutput.ReadLineAsync().Within());
        await action();
        process.StandardInput.Close();
        return (await process.StandardOutput.ReadToEndAsync().Within()).Trim();
    }

    /// <summary>A directory that every user may enter, for the time of a test.</summary>
    public static TempDirectory OpenDirectory()
    {
        var directory = new TempDirectory();
        File.SetUnixFileMode(directory.Root, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute);
        return directory;
    }

    private static Process Start(string script, string path)
    {
        Assert.SkipUnless(Environment.IsPrivilegedProcess, "Only root can be another user: run the tests as root.");
        // The system's own Python: one in somebody's home cannot be run by another user.
        Assert.SkipUnless(File.Exists("/usr/bin/python3"), "There is no /usr/bin/python3 for another user to run.");
        return Process.Start(new ProcessStartInfo(
            Programs.PathOf("setpriv"), [$"--reuid={Id}", $"--regid={Id}", "--clear-groups", "/usr/bin/python3", "-c", script, path])
        {
            UseShellExecute = false,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
        })!;
    }
}
