using System.Net.Sockets;

namespace Kestrel.Streams;

/// <summary>The exception of a bind that failed: it names the address, the reason and the remedy.</summary>
internal static class BindError
{
    public const string Busy = "choose another address, or stop the program that holds it";

    public static IOException Of(string address, SocketException reason, string remedy) =>
        new($"Cannot listen on {address}: {reason.Message.TrimEnd('.')}; {remedy}.", reason);
}
