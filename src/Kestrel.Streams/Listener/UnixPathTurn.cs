using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text;

namespace Kestrel.Streams;

/// <summary>
/// The turn to replace what stands at a path, which one server has at a time: two that both find a dead server's file would delete it one
/// after the other, and the second would delete the file that the first has just made.
/// </summary>
/// <remarks>
/// The turn is an abstract name, which the kernel gives to one socket and takes back with it, however its process ends; a lock file would
/// stay behind. Where there are no abstract names everybody has the turn.
/// </remarks>
internal sealed class UnixPathTurn : IDisposable
{
    private readonly Socket? _name;

    private UnixPathTurn(Socket? name) => _name = name;

    /// <summary>The turn; null when another server has it.</summary>
    public static UnixPathTurn? TryTake(string path)
    {
        if (!OperatingSystem.IsLinux()) return new UnixPathTurn(name: null);
        // A path may be longer than a name.
        var key = SHA256.HashData(Encoding.UTF8.GetBytes(Path.GetFullPath(path)));
        var name = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            name.Bind(new UnixDomainSocketEndPoint("\0kestrel-streams-" + Convert.ToHexStringLower(key)));
            return new UnixPathTurn(name);
        }
        catch (SocketException e) when (e.SocketErrorCode == SocketError.AddressAlreadyInUse)
        {
            name.Dispose();
            return null;
        }
    }

    public void Dispose() => _name?.Dispose();
}
