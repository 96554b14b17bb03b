using System.Net.Sockets;

namespace Kestrel.Streams;

/// <summary>The exception of a bind that failed: it names the address, the reason and the remedy.</summary>
internal static class BindError
{
    public static IOException Of(string address, SocketException reason) =>
        new($"Cannot listen on {address}: {reason.Message.TrimEnd('.')}; {Remedy(reason.SocketErrorCode)}.", reason);

    private static string Remedy(SocketError error) => error switch
    {
        SocketError.AddressAlreadyInUse => "choose another address, or stop the program that holds it",
        SocketError.AccessDenied => "choose an address that this user may take",
        SocketError.AddressNotAvailable or SocketError.HostNotFound or SocketError.NoData => "give a name or an address of this machine",
        _ => "choose another address",
    };
}
