using System.Globalization;
using System.Text;

namespace Kestrel.Streams.Tests;

/// <summary>What is done at the two ends of a connection, one step after the other, and what the world below them is like.</summary>
internal sealed record Program(int Limit, int HighWaterMark, Weather A, Weather B, bool Tls, Step[] Steps)
{
    public override string ToString()
    {
        var text = new StringBuilder();
        text.AppendLine(CultureInfo.InvariantCulture, $"limit {Limit}, high-water mark {HighWaterMark}{(Tls ? ", TLS" : "")}");
        text.AppendLine(CultureInfo.InvariantCulture, $"below A: {A}");
        text.AppendLine(CultureInfo.InvariantCulture, $"below B: {B}");
        for (var i = 0; i < Steps.Length; i++) text.AppendLine(CultureInfo.InvariantCulture, $"{i + 1,3} {Steps[i]}");
        return text.ToString();
    }
}

/// <summary>What the transport of one end does with its bytes. The cuts and the delays come one after the other, again and again.</summary>
/// <param name="Cuts">The most that goes at once; 0 for all there is.</param>
/// <param name="Delays">How many turns of the scheduler it takes; 0 for at once, on the caller's thread.</param>
/// <param name="Room">How much may be under way to the other end.</param>
/// <param name="Tries">Whether it has the members that try a send or a receive at once.</param>
/// <param name="Probes">Whether a receive without room waits for bytes; one that tries always does.</param>
/// <param name="GivesUp">Whether a send ends when its token says so.</param>
/// <param name="EndsOutput">Whether the output can end alone.</param>
/// <param name="SendFault">Where its sends fail, or null.</param>
/// <param name="ReceiveFault">Where its receives fail, or null.</param>
internal sealed record Weather(
    int[] Cuts, int[] Delays, int Room = int.MaxValue, bool Tries = false, bool Probes = true, bool GivesUp = true, bool EndsOutput = true,
    Fault? SendFault = null, Fault? ReceiveFault = null)
{
    public static Weather Fair { get; } = new([0], [0]);

    public override string ToString() => string.Join(
        ", ",
        new[]
        {
            $"pieces of {string.Join(' ', Cuts)} after {string.Join(' ', Delays)} turns",
            Room < int.MaxValue ? $"room for {Room}" : "",
            Tries ? "tries" : "",
            Probes ? "" : "no probes",
            GivesUp ? "" : "heeds no token",
            EndsOutput ? "" : "no half-close",
            SendFault is { } send ? $"sends fail at {send}" : "",
            ReceiveFault is { } receive ? $"receives fail at {receive}" : "",
        }.Where(static part => part.Length > 0));
}

/// <summary>A fault after so many bytes.</summary>
internal sealed record Fault(int At, FaultKind Kind)
{
    public override string ToString() => $"byte {At} by {Kind}";
}

internal enum FaultKind
{
    Socket,
    SocketInside,
    Io,
    Other,
}

internal enum Side
{
    A,
    B,
}

/// <summary>One step: something begins at one end, and the next step follows after a number of turns of the scheduler.</summary>
/// <param name="Side">The end.</param>
/// <param name="Op">What begins.</param>
/// <param name="Cancel">When its token is cancelled: -1 before, 0 beside it on another thread, else after so many turns; null for never.</param>
/// <param name="Turns">How many turns until the next step.</param>
internal sealed record Step(Side Side, Op Op, int? Cancel = null, int Turns = 0)
{
    public const int Before = -1;

    public override string ToString()
    {
        var cancel = Cancel switch
        {
            null => "",
            Before => ", cancelled before",
            0 => ", cancelled beside it",
            { } turns => $", cancelled after {turns} turns",
        };
        return $"{Side}: {Op}{cancel}{(Turns > 0 ? $"; {Turns} turns" : "")}";
    }
}

internal abstract record Op;

/// <summary>A read, which begins when the read before it at this end is done.</summary>
/// <param name="Kind">Which read.</param>
/// <param name="Count">The count of a read that has one: of bytes, or of lines for those that enumerate.</param>
/// <param name="Separators">The separators of a read that has some.</param>
internal sealed record Read(ReadKind Kind, int Count = 0, params string[] Separators) : Op
{
    public override string ToString() => $"{Kind}({string.Join(", ", Separators.Select(Show.Text).Prepend($"{Count}").Skip(HasCount ? 0 : 1))})";

    public bool IsSkip => Kind is ReadKind.SkipLine or ReadKind.SkipUntil;

    public bool Lends => Kind is ReadKind.Borrow or ReadKind.BorrowLine or ReadKind.BorrowUntil or ReadKind.BorrowExactly or ReadKind.TryBorrowLine;

    private bool HasCount => Kind is ReadKind.Some or ReadKind.Memory or ReadKind.Exactly or ReadKind.ExactlyMemory or ReadKind.ToEnd
        or ReadKind.BorrowExactly or ReadKind.Lines or ReadKind.BorrowLines;
}

internal enum ReadKind
{
    Some,
    Memory,
    Borrow,
    Line,
    TextLine,
    BorrowLine,
    TryBorrowLine,
    Lines,
    BorrowLines,
    UntilByte,
    Until,
    UntilAny,
    BorrowUntil,
    Exactly,
    ExactlyMemory,
    BorrowExactly,
    ToEnd,
    SkipLine,
    SkipUntil,
}

/// <summary>A write, which begins when the call before it at this end has returned, or is done where that is awaited.</summary>
/// <param name="Kind">Which write.</param>
/// <param name="Awaited">Whether what follows waits for its end.</param>
/// <param name="Parts">The data; what takes one piece gets them joined.</param>
internal sealed record Write(WriteKind Kind, bool Awaited, params Piece[] Parts) : Op
{
    public byte[] Data => [.. Parts.SelectMany(static part => part.Bytes)];

    public override string ToString() => $"{(Awaited ? "await " : "")}{Kind}({string.Join(", ", Parts.AsEnumerable())})";
}

internal enum WriteKind
{
    Write,
    WriteLines,
    Memory,
    Span,
    Text,
    LinesAsync,
    Together, // each part by a task of its own
    Flush,
    Drain,
    Eof,
}

/// <summary>A text, and behind it so many numbered lines.</summary>
internal sealed record Piece(string Text, int Lines = 0)
{
    public string All => Text + string.Concat(Enumerable.Range(1, Lines).Select(static number => $"{number}\n"));

    public byte[] Bytes => Encoding.UTF8.GetBytes(All);

    public override string ToString() => Lines > 0 ? $"{Show.Text(Text)} and {Lines} lines" : Show.Text(Text);
}

/// <summary>Something that happens at once, beside whatever is under way.</summary>
internal sealed record Control(ControlKind Kind) : Op
{
    public override string ToString() => $"{Kind}";
}

internal enum ControlKind
{
    AtEof,
    ReadBeside,
    Closed,
    Settle, // what can go on does, until nothing can
    Close,
    Dispose,
    Abort,
}

internal static class Show
{
    public static string Text(string text) => $"\"{text.Replace("\r", "\\r", StringComparison.Ordinal).Replace("\n", "\\n", StringComparison.Ordinal)}\"";

    public static string Bytes(ReadOnlySpan<byte> bytes) =>
        Text(Encoding.UTF8.GetString(bytes[..Math.Min(bytes.Length, 60)])) + (bytes.Length > 60 ? $"... ({bytes.Length} bytes)" : "");
}
