using System.Diagnostics;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Kestrel.Streams.Tests;

/// <summary>A network of the kernel's own for a test, with nothing of the machine's in it. It takes root; without, the test is skipped and says so.</summary>
internal sealed partial class NetworkNamespace : IDisposable
{
    private const int NewNetwork = 0x40000000;

    private static int _count;

    private NetworkNamespace(string name) => Name = name;

    public string Name { get; }

    public static NetworkNamespace Create()
    {
        Assert.SkipUnless(Environment.IsPrivilegedProcess, "Only root can make a network namespace: run the tests as root.");
        var made = new NetworkNamespace($"ks-{Environment.ProcessId}-{Interlocked.Increment(ref _count)}");
        var refusal = TryRun(["netns", "add", made.Name]);
        Assert.SkipWhen(refusal is not null, $"This machine makes no network namespace: {refusal}");
        made.Ip("link", "set", "lo", "up");
        return made;
    }

    /// <summary>Runs ip in the namespace.</summary>
    public void Ip(params IEnumerable<string> arguments)
    {
        if (TryRun(["-n", Name, .. arguments]) is { } refusal) throw new InvalidOperationException(refusal);
    }

    /// <summary>Sets one of the namespace's own settings of IPv4.</summary>
    public void Set(string setting, int value) => Run(() =>
    {
        File.WriteAllText($"/proc/sys/net/ipv4/{setting}", $"{value}");
        return true;
    });

    /// <summary>Runs something on a thread in the namespace: the sockets that it makes are there for ever.</summary>
    public T Run<T>(Func<T> action)
    {
        var result = new TaskCompletionSource<T>();
        var thread = new Thread(() =>
        {
            try
            {
                using var network = File.OpenHandle($"/run/netns/{Name}");
                if (SetNamespace(network, NewNetwork) != 0) throw new InvalidOperationException(Marshal.GetLastPInvokeErrorMessage());
                result.SetResult(action());
            }
            catch (Exception e)
            {
                result.SetException(e);
            }
        })
        { IsBackground = true };
        thread.Start();
        thread.Join();
        return result.Task.GetAwaiter().GetResult();
    }

    public void Dispose() => TryRun(["netns", "del", Name]);

    /// <summary>Runs a program of the network; what it complains of, or null.</summary>
    internal static string? TryRun(string[] arguments, string program = "ip")
    {
        using var process = Process.Start(new ProcessStartInfo(Programs.PathOf(program), arguments) { UseShellExecute = false, RedirectStandardError = true })!;
        var error = process.StandardError.ReadToEnd();
        process.WaitForExit();
        return process.ExitCode == 0 ? null : $"{program} {string.Join(' ', arguments)}: {error.Trim()}";
    }

    [LibraryImport("libc", EntryPoint = "setns", SetLastError = true)]
    private static partial int SetNamespace(SafeFileHandle network, int kind);
}
