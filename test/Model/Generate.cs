using FsCheck;
using FsCheck.Fluent;

namespace Kestrel.Streams.Tests;

/// <summary>Random programs. Small numbers and few letters, so that much happens at the borders.</summary>
internal static class Generate
{
    private static readonly string[] _fragments = ["a", "b", "ab", "aab", "\n", "\n", "\r\n", "\r\n.\r\n", ";", ";;", "é", "x\n"];
    private static readonly string[] _separators = ["\n", "\r\n", ";", ";;", "ab", "aab", "abab", "\r\n.\r\n", "\r\n\r\n", "é"];

    /// <summary>The program of a seed, the same one every time.</summary>
    public static Program Of(int seed, bool tls) => Programs(tls).Sample(1, new Rnd((ulong)seed, 1), 50).Single();

    private static Gen<Program> Programs(bool tls) =>
        from limit in Gen.Frequency((6, Gen.Elements(1, 2, 3, 4, 5, 8)), (3, Gen.Choose(1, 40)), (2, Gen.Elements(1000, ConnectionStream.DefaultLimit)))
        from mark in Gen.Elements(0, 1, 5, 20, 65536)
        from isBig in Gen.Frequency((9, Gen.Constant(false)), (1, Gen.Constant(true)))
        from ends in Gen.Frequency((1, Gen.Constant(false)), (2, Gen.Constant(true)))
        from a in Weathers(tls, isBig)
        from b in Weathers(tls, isBig)
        from count in Gen.Frequency((1, Gen.Choose(1, 4)), (3, Gen.Choose(4, 20)))
        from steps in Steps(tls, isBig, ends).ArrayOf(count)
        select new Program(limit, mark, a, b, tls, steps);

    private static Gen<Weather> Weathers(bool tls, bool isBig) =>
        from fair in Gen.Frequency((1, Gen.Constant(true)), (3, Gen.Constant(false)))
        from cuts in Few(isBig || tls ? Gen.Elements(0, 0, 100, 1000, 5000) : Gen.Elements(0, 0, 1, 1, 2, 3, 5, 7))
        from delays in Few(Gen.Elements(0, 0, 0, 1, 2, 3, 5))
        from room in Gen.Frequency((2, Gen.Constant(int.MaxValue)), (1, isBig || tls ? Gen.Elements(5000, 70_000) : Gen.Elements(1, 2, 5, 10, 20)))
        from flags in Gen.Elements(false, true).ArrayOf(4)
        from send in Faults(tls, isBig)
        from receive in Faults(tls, isBig)
        select fair
            ? Weather.Fair with { Tries = flags[0], EndsOutput = flags[1] || flags[2] }
            : new Weather(cuts, delays, room, flags[0], flags[1], flags[2], flags[3] || flags[2], send, receive);

    private static Gen<Fault?> Faults(bool tls, bool isBig) => tls ? Gen.Constant<Fault?>(null) : Gen.Frequency(
        (7, Gen.Constant<Fault?>(null)),
        (1, from at in isBig ? Gen.Choose(0, 100_000) : Gen.Choose(0, 15)
            from kind in Gen.Elements(Enum.GetValues<FaultKind>())
            select (Fault?)new Fault(at, kind)));

    private static Gen<Step> Steps(bool tls, bool isBig, bool ends) =>
        from side in Gen.Elements(Side.A, Side.B)
        from op in Gen.Frequency(
            (12, Reads(isBig)),
            (10, Writes(tls, isBig)),
            (4, Controls(ControlKind.AtEof, ControlKind.ReadBeside, ControlKind.Settle, ControlKind.Settle)),
            (1, Controls(ControlKind.Closed)),
            (ends && !tls ? 2 : 0, Gen.OneOf(Controls(ControlKind.Close, ControlKind.Dispose, ControlKind.Abort), Gen.Constant<Op>(new Write(WriteKind.Eof, Awaited: false)))))
        from cancel in Gen.Frequency((4, Gen.Constant<int?>(null)), (1, Gen.Elements<int?>(Step.Before, 0, 1, 2, 3, 5, 8)))
        from turns in Gen.Frequency((2, Gen.Constant(0)), (1, Gen.Choose(1, 6)))
        select new Step(side, op, CancelOf(op, cancel, tls, isBig), turns);

    private static int? CancelOf(Op op, int? cancel, bool tls, bool isBig) => op switch
    {
        Control or Read { Kind: ReadKind.TryBorrowLine } => null,
        // It may have skipped any number of bytes: too many to follow each.
        Read { IsSkip: true } when isBig => null,
        Write when tls => null,
        // Whether the output has ended would be anybody's guess.
        Write { Kind: WriteKind.Eof } when cancel == 0 => null,
        _ => cancel,
    };

    private static Gen<Op> Reads(bool isBig) =>
        from kind in Gen.Elements(Enum.GetValues<ReadKind>())
        from count in isBig ? Gen.Frequency((2, Gen.Choose(0, 12)), (1, Gen.Choose(1000, 200_000))) : Gen.Frequency((9, Gen.Choose(0, 8)), (1, Gen.Choose(9, 100)))
        from separators in Few(Gen.Elements(_separators))
        select (Op)(kind switch
        {
            ReadKind.Until or ReadKind.BorrowUntil or ReadKind.SkipUntil => new Read(kind, 0, separators[0]),
            ReadKind.UntilByte => new Read(kind, 0, separators[0][..1] == "é" ? ";" : separators[0][..1]),
            ReadKind.UntilAny => new Read(kind, 0, separators),
            ReadKind.Borrow or ReadKind.Line or ReadKind.TextLine or ReadKind.BorrowLine or ReadKind.TryBorrowLine or ReadKind.SkipLine => new Read(kind),
            _ => new Read(kind, count),
        });

    private static Gen<Op> Writes(bool tls, bool isBig) =>
        from kind in Gen.Elements(Enum.GetValues<WriteKind>().Except(tls ? [WriteKind.Eof, WriteKind.Together] : [WriteKind.Eof]).ToArray())
        from awaited in Gen.Elements(false, true)
        from parts in Few(Pieces(isBig))
        select (Op)(kind switch
        {
            WriteKind.Flush or WriteKind.Drain => new Write(kind, awaited),
            WriteKind.WriteLines or WriteKind.LinesAsync or WriteKind.Together => new Write(kind, awaited, parts),
            _ => new Write(kind, awaited, parts[0]),
        });

    private static Gen<Piece> Pieces(bool isBig) =>
        from count in Gen.Choose(0, 6)
        from fragments in Gen.Elements(_fragments).ArrayOf(count)
        from lines in isBig ? Gen.Elements(0, 0, 100, 2000, 30_000) : Gen.Constant(0)
        select new Piece(string.Concat(fragments), lines);

    private static Gen<Op> Controls(params ControlKind[] kinds) => Gen.Elements(kinds).Select(static kind => (Op)new Control(kind));

    private static Gen<T[]> Few<T>(Gen<T> one) => Gen.Choose(1, 3).SelectMany(count => one.ArrayOf(count));
}
