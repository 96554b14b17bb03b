using System.Runtime.InteropServices;
using System.Text;
using Microsoft.Win32.SafeHandles;

namespace Kestrel.Streams.Tests;

/// <summary>
/// Two networks whose packets pass through this process (a TUN device each), where some are lost, some come twice and each is late by a time of
/// its own, so that they overtake one another. The kernel's <c>netem</c> does the same, where a kernel has it.
/// </summary>
internal sealed unsafe partial class LossyPair : NetworkPair
{
    private const double Lost = 0.05, Doubled = 0.02;
    private const int LongestDelay = 10; // milliseconds

    private readonly SafeFileHandle _serverEnd;
    private readonly SafeFileHandle _clientEnd;
    private readonly PriorityQueue<(SafeFileHandle To, byte[] Packet), long> _late = new();
    private readonly Random _random;
    private readonly Thread _relay;
    private volatile bool _isOver;
    private int _lostCount;

    private LossyPair(int seed)
    {
        _random = new Random(seed);
        _serverEnd = Server.Run(OpenDevice);
        _clientEnd = Client.Run(OpenDevice);
        Raise();
        _relay = new Thread(Relay) { IsBackground = true };
        _relay.Start();
    }

    /// <summary>How many packets were lost.</summary>
    public int LostCount => Volatile.Read(ref _lostCount);

    public static LossyPair Create(int seed)
    {
        Assert.SkipUnless(File.Exists("/dev/net/tun"), "There is no /dev/net/tun on this machine, through which a test could lose packets.");
        return new LossyPair(seed);
    }

    public override void Dispose()
    {
        _isOver = true;
        _relay.Join();
        base.Dispose();
        _serverEnd.Dispose();
        _clientEnd.Dispose();
    }

    private static SafeFileHandle OpenDevice()
    {
        const short PlainPackets = 0x1001; // IFF_TUN, IFF_NO_PI
        const nuint MakeDevice = 0x400454ca; // TUNSETIFF
        var device = File.OpenHandle("/dev/net/tun", FileMode.Open, FileAccess.ReadWrite);
        var request = stackalloc byte[40];
        new Span<byte>(request, 40).Clear();
        Encoding.ASCII.GetBytes(Link, new Span<byte>(request, 16));
        *(short*)(request + 16) = PlainPackets;
        if (Control(device, MakeDevice, request) != 0) throw new InvalidOperationException(Marshal.GetLastPInvokeErrorMessage());
        return device;
    }

    private void Relay()
    {
        var buffer = new byte[2048];
        var ends = stackalloc PollFd[2];
        while (!_isOver)
        {
            ends[0] = new PollFd { Descriptor = (int)_serverEnd.DangerousGetHandle(), Events = 1 };
            ends[1] = new PollFd { Descriptor = (int)_clientEnd.DangerousGetHandle(), Events = 1 };
            if (Poll(ends, 2, 1) > 0)
            {
                if (ends[0].Returned != 0) Take(_serverEnd, _clientEnd, buffer);
                if (ends[1].Returned != 0) Take(_clientEnd, _serverEnd, buffer);
            }

            while (_late.TryPeek(out var next, out var due) && due <= Environment.TickCount64)
            {
                _late.Dequeue();
                fixed (byte* packet = next.Packet) Write(next.To, packet, (nuint)next.Packet.Length);
            }
        }
    }

    private void Take(SafeFileHandle from, SafeFileHandle to, byte[] buffer)
    {
        nint count;
        fixed (byte* start = buffer) count = Read(from, start, (nuint)buffer.Length);
        if (count <= 0) return;
        if (_random.NextDouble() < Lost)
        {
            Interlocked.Increment(ref _lostCount);
            return;
        }

        var packet = buffer[..(int)count];
        for (var copies = _random.NextDouble() < Doubled ? 2 : 1; copies > 0; copies--)
            _late.Enqueue((to, packet), Environment.TickCount64 + _random.Next(1, LongestDelay));
    }

    [StructLayout(LayoutKind.Sequential)]
    private struct PollFd
    {
        public int Descriptor;
        public short Events;
        public short Returned;
    }

    [LibraryImport("libc", EntryPoint = "ioctl", SetLastError = true)]
    private static partial int Control(SafeFileHandle device, nuint request, byte* argument);

    [LibraryImport("libc", EntryPoint = "poll", SetLastError = true)]
    private static partial int Poll(PollFd* ends, nuint count, int timeout);

    [LibraryImport("libc", EntryPoint = "read", SetLastError = true)]
    private static partial nint Read(SafeFileHandle device, byte* buffer, nuint count);

    [LibraryImport("libc", EntryPoint = "write", SetLastError = true)]
    private static partial nint Write(SafeFileHandle device, byte* buffer, nuint count);
}
