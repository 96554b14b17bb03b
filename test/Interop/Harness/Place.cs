namespace Kestrel.Streams.Tests;

/// <summary>Where two programs meet: a loopback port that the listening side lets the system pick, or a socket file of its own.</summary>
public sealed class Place : IDisposable
{
    private readonly DirectoryInfo? _directory;

    public Place(Network network)
    {
        Network = network;
        if (network == Network.Unix)
            _directory = Directory.CreateTempSubdirectory("ks-");
    }

    public Network Network { get; }

    /// <summary>Zero until somebody listens.</summary>
    public int Port { get; set; }

    public string Path => System.IO.Path.Combine(_directory!.FullName, "socket");

    public void Dispose() => _directory?.Delete(recursive: true);
}
