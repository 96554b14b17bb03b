namespace Kestrel.Streams.Tests;

/// <summary>A file with known content that goes with the test.</summary>
internal sealed class SampleFile : IDisposable
{
    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory();

    public SampleFile(byte[] content)
    {
        Content = content;
        Path = System.IO.Path.Combine(_directory.FullName, "file");
        File.WriteAllBytes(Path, content);
    }

    public SampleFile(int count)
        : this(Samples.Sequence(count))
    {
    }

    public byte[] Content { get; }

    public string Path { get; }

    public FileStream Open() => new(Path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);

    public void SetLength(long length)
    {
        using var file = new FileStream(Path, FileMode.Open, FileAccess.Write, FileShare.ReadWrite);
        file.SetLength(length);
    }

    public void Dispose() => _directory.Delete(recursive: true);
}
