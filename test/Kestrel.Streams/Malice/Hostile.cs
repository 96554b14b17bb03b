using System.Net.Sockets;
using System.Text;

namespace Kestrel.Streams.Tests;

/// <summary>What a peer sends who wants to write into the log: its mark, and all that ends a line, moves a cursor or fills in a form.</summary>
internal static class Hostile
{
    public const string Mark = "zq7Mark";

    /// <summary>As a name: what a path may have, and not too long for one.</summary>
    public const string Name = $"{Mark}\n\u001b[31m\r{{0}}{{Peer}}\u0085\u009b\u2028\u202e%n";

    /// <summary>As bytes: with NUL, and with what is no UTF-8.</summary>
    public static byte[] Bytes { get; } = [.. Encoding.UTF8.GetBytes(Name), 0, 0xFF, 0xC3, 0x28, 0xED, 0xA0, 0x80, .. Encoding.UTF8.GetBytes(Mark)];

    /// <summary>Connects to a server from an address whose name is hostile, a path or an abstract one.</summary>
    public static Socket ConnectUnix(StreamServerBase server, string name)
    {
        var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        socket.Bind(new UnixDomainSocketEndPoint(name));
        socket.Connect(server.EndPoints[0]);
        return socket;
    }

    /// <summary>Nothing of it is in the log, not even the harmless letters.</summary>
    public static void AssertNothingIn(TraceOfAll trace)
    {
        Assert.DoesNotContain(trace.All, static entry => entry.Text.Contains(Mark, StringComparison.OrdinalIgnoreCase));
        AssertPrintable(trace);
    }

    /// <summary>Each text is one line of what can be printed; only the places in an exception have lines of their own.</summary>
    public static void AssertPrintable(TraceOfAll trace)
    {
        foreach (var (category, kind, text) in trace.All)
        {
            var seen = kind == "exception" ? text.ReplaceLineEndings("") : text;
            if (PrintableText.Of(seen) != seen) Assert.Fail($"{category}, {kind}: {PrintableText.Of(text)}");
        }
    }
}
