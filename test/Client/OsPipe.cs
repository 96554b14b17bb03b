using System.IO.Pipes;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Kestrel.Streams.Tests;

/// <summary>An anonymous pipe of the system: its two ends, each of which a test may give away.</summary>
internal sealed class OsPipe : IDisposable
{
    private readonly AnonymousPipeServerStream _reading = new(PipeDirection.In);

    public OsPipe() => Writing = new AnonymousPipeClientStream(PipeDirection.Out, _reading.ClientSafePipeHandle);

    public AnonymousPipeServerStream Reading => _reading;

    public AnonymousPipeClientStream Writing { get; }

    public SafePipeHandle ReadingHandle => _reading.SafePipeHandle;

    public SafePipeHandle WritingHandle => Writing.SafePipeHandle;

    /// <summary>Whether a file is non-blocking for everybody who shares it.</summary>
    public static bool IsNonBlocking(SafeHandle handle)
    {
        const int NonBlocking = 0x800;
        var flags = File.ReadLines($"/proc/self/fdinfo/{handle.DangerousGetHandle()}").First(line => line.StartsWith("flags:", StringComparison.Ordinal));
        return (Convert.ToInt32(flags["flags:".Length..].Trim(), 8) & NonBlocking) != 0;
    }

    /// <summary>More than any pipe holds.</summary>
    public static byte[] MoreThanFits()
    {
        var data = new byte[4 << 20];
        new Random(1).NextBytes(data);
        return data;
    }

    public void Dispose()
    {
        Writing.Dispose();
        _reading.Dispose();
    }
}
