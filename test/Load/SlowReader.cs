using System.Net;
using System.Net.Sockets;

namespace Kestrel.Streams.Tests;

/// <summary>A peer that says a megabyte of lines as fast as its socket takes them, then more of them slowly, and never reads.</summary>
internal sealed class SlowReader : IDisposable
{
    // So long that what the army costs is memory more than processor time, which it may rightly have until it is held up.
    private const int LineLength = 1024;

    // By then the server is held up and has stopped reading. The kernel takes much more, up to 32 MB for each that is not read; for 1,000 peers that is
    // all the memory it has for TCP, and then it drops packets of everybody.
    private const long Rush = 1 << 20;

    // The peers are as far as an Ethernet: the segments of 64 KiB on a loopback let the kernel keep megabytes for each that the server has sent.
    private const int SegmentSize = 1460;
    private const int ProtocolTcp = 6;
    private const int MaximumSegment = 2;

    private static readonly TimeSpan _pause = TimeSpan.FromMilliseconds(250);
    private static readonly byte[] _lines = [.. Enumerable.Range(1, 16 * LineLength).Select(static at => at % LineLength == 0 ? (byte)'\n' : (byte)'x')];

    private readonly Socket _socket = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
    private long _sent;

    public long Sent => Interlocked.Read(ref _sent);

    /// <summary>How the other end has cut it, or null where it has not.</summary>
    public SocketError? Cut { get; private set; }

    /// <summary>Connects, and says lines until it is cut.</summary>
    public async Task RunAsync(EndPoint server)
    {
        _socket.ReceiveBufferSize = 4096;
        _socket.SendBufferSize = 16_384;
        _socket.SetRawSocketOption(ProtocolTcp, MaximumSegment, BitConverter.GetBytes(SegmentSize));
        await _socket.ConnectAsync(server);
        try
        {
            using var timer = new PeriodicTimer(_pause);
            while (Sent < Rush || await timer.WaitForNextTickAsync())
                Interlocked.Add(ref _sent, await _socket.SendAsync(_lines));
        }
        catch (SocketException error)
        {
            Cut = error.SocketErrorCode;
        }
    }

    public void Dispose() => _socket.Dispose();
}
