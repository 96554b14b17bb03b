namespace Kestrel.Streams.Tests;

/// <summary>A directory for socket files that goes with the test. Its name is short: so are the paths of Unix sockets.</summary>
internal sealed class TempDirectory : IDisposable
{
    public string Root { get; } = Directory.CreateTempSubdirectory("ks-").FullName;

    public string this[string name] => Path.Combine(Root, name);

    public void Dispose() => Directory.Delete(Root, recursive: true);
}
