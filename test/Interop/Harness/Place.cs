using System.Net;
using System.Net.Sockets;

namespace Kestrel.Streams.Tests;

/// <summary>
/// Where two programs meet: a loopback port that the listening side lets the system pick, or a socket file. It has a directory
/// of its own, for that file and for whatever else a program wants. With terms for TLS the two encrypt from the first byte.
/// </summary>
public sealed class Place(Network network, TlsTerms? tls = null) : IDisposable
{
    private readonly Lazy<DirectoryInfo> _directory = new(() => Directory.CreateTempSubdirectory("ks-"));
    private Socket? _reservation;

    public Network Network => network;

    /// <summary>The terms of who starts next; null for none.</summary>
    public TlsTerms? Tls { get; set; } = tls;

    /// <summary>Zero until somebody listens.</summary>
    public int Port { get; set; }

    public string Path => FileAt("socket");

    public string Folder => _directory.Value.FullName;

    public string FileAt(string name) => System.IO.Path.Combine(Folder, name);

    /// <summary>A port for a program that does not tell which one the system picked; kept for it until the place is disposed.</summary>
    public int ReservePort()
    {
        // A bound socket that does not listen keeps the system from picking its port for somebody else, and does not keep out a
        // program that asks for it by number: both have SO_REUSEADDR, which .NET always sets.
        _reservation = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        _reservation.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        return Port = ((IPEndPoint)_reservation.LocalEndPoint!).Port;
    }

    public void Dispose()
    {
        _reservation?.Dispose();
        if (_directory.IsValueCreated)
            _directory.Value.Delete(recursive: true);
    }
}
