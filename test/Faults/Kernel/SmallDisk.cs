namespace Kestrel.Streams.Tests;

/// <summary>A file system in memory for a test, with as little room as it wants. It takes root; without, the test is skipped and says so.</summary>
internal sealed class SmallDisk : IDisposable
{
    private readonly TempDirectory _directory = new();

    public SmallDisk(string options)
    {
        Assert.SkipUnless(Environment.IsPrivilegedProcess, "Only root can mount a file system: run the tests as root.");
        var refusal = NetworkNamespace.TryRun(["-t", "tmpfs", "-o", options, "none", Root], "mount");
        Assert.SkipWhen(refusal is not null, $"This machine mounts no file system: {refusal}");
    }

    public string Root => _directory.Root;

    public string this[string name] => _directory[name];

    public void Remount(string options)
    {
        if (NetworkNamespace.TryRun(["-o", $"remount,{options}", Root], "mount") is { } refusal) throw new InvalidOperationException(refusal);
    }

    /// <summary>Takes it away, used or not.</summary>
    public void Unmount() => NetworkNamespace.TryRun(["-l", Root], "umount");

    public void Dispose()
    {
        Unmount();
        _directory.Dispose();
    }
}
