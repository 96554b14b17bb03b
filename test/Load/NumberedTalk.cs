using System.Diagnostics;
using System.Net;
using System.Text;

namespace Kestrel.Streams.Tests;

/// <summary>A connection that says numbered lines and checks that each one comes back once, in its turn and unchanged.</summary>
internal sealed class NumberedTalk
{
    /// <summary>Loopback addresses to come from: one alone has 28,000 ports, and a port rests for a minute after its connection.</summary>
    private const int Addresses = 40;

    private readonly ConnectionStream _stream;
    private readonly long _number;
    private readonly LoadFigures _figures;
    private long _said;
    private long _heard;

    private NumberedTalk(ConnectionStream stream, long number, LoadFigures figures) => (_stream, _number, _figures) = (stream, number, figures);

    /// <summary>How many lines have come back.</summary>
    public long Heard => Interlocked.Read(ref _heard);

    public static async Task<NumberedTalk> ConnectAsync(EndPoint server, long number, LoadFigures figures)
    {
        var address = new IPAddress([127, 0, 1, (byte)(1 + (number % Addresses))]);
        return new(await StreamClient.ConnectAsync(server, new StreamClientOptions { LocalEndPoint = new IPEndPoint(address, 0) }), number, figures);
    }

    /// <summary>Says the next line. What is wrong is told to the figures.</summary>
    public void Say()
    {
        try
        {
            Span<byte> line = stackalloc byte[NumberedLine.MaxLength];
            _stream.Write(line[..NumberedLine.Write(line, _number, _said, Stopwatch.GetTimestamp())]);
            _said++;
            _figures.CountSaid();
        }
        catch (Exception error)
        {
            Fault($"could not say line {_said}: {error.Message}");
        }
    }

    /// <summary>Takes the next line that comes back; false at the end, and when anything is wrong, which the figures are told.</summary>
    public async Task<bool> HearAsync()
    {
        try
        {
            return IsNext((await _stream.BorrowLineAsync()).Span);
        }
        catch (Exception error)
        {
            Fault($"could not hear line {_heard}: {error.Message}");
            return false;
        }
    }

    /// <summary>Takes all that comes back, until the end.</summary>
    public async Task HearAllAsync()
    {
        while (await HearAsync())
        {
        }
    }

    /// <summary>Ends the output, waits for all that <see cref="HearAllAsync"/> still takes, and closes.</summary>
    public async Task FinishAsync(Task hearing)
    {
        try
        {
            await _stream.WriteEofAsync();
            await hearing;
            MustHaveHeardAll();
            await LeaveAsync();
        }
        catch (Exception error)
        {
            Fault($"did not end well: {error.Message}");
        }
    }

    /// <summary>Tells the figures when a line has not come back.</summary>
    public void MustHaveHeardAll()
    {
        if (_heard != _said)
            Fault($"has said {_said} lines and heard {_heard}");
    }

    public async Task LeaveAsync(bool abort = false)
    {
        if (abort)
            await _stream.AbortAsync();
        await _stream.DisposeAsync();
    }

    private bool IsNext(ReadOnlySpan<byte> line)
    {
        if (line.IsEmpty)
            return false;
        if (!NumberedLine.Is(line, _number, _heard, out var sentAt))
        {
            Fault($"expected line {_heard} and got '{Encoding.ASCII.GetString(line[..Math.Min(60, line.Length)])}'");
            return false;
        }

        Interlocked.Increment(ref _heard);
        _figures.CountHeard(sentAt);
        return true;
    }

    private void Fault(string what) => _figures.Fault($"Connection {_number} {what}.");
}
