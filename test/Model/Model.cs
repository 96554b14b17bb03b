using System.Text;

namespace Kestrel.Streams.Tests;

/// <summary>The contract: a connection is a list of bytes.</summary>
internal static class Model
{
    /// <summary>What a read must answer when these bytes follow; null while it has to wait for more.</summary>
    public static Answer? Of(Read read, ReadOnlySpan<byte> rest, bool ended, int limit)
    {
        var all = Answer.Takes(rest.Length);
        switch (read.Kind)
        {
            case ReadKind.Some when read.Count == 0:
                return Answer.Takes(0);
            case ReadKind.Some or ReadKind.Memory or ReadKind.Borrow:
                var most = read.Kind == ReadKind.Borrow ? rest.Length : Math.Min(read.Count, rest.Length);
                return rest.Length > 0 ? new Answer(AnswerKind.Bytes, Math.Min(1, most), most) : ended ? all : null;
            case ReadKind.Exactly or ReadKind.ExactlyMemory or ReadKind.BorrowExactly:
                return rest.Length >= read.Count ? Answer.Takes(read.Count) : ended ? Answer.Incomplete : null;
            case ReadKind.ToEnd:
                return rest.Length > read.Count ? new Answer(AnswerKind.Overrun, read.Count + 1, rest.Length) : ended ? all : null;
            case ReadKind.SkipLine or ReadKind.SkipUntil:
                return Find(read, rest) is { End: > 0 } found ? Answer.Takes(found.End) : ended ? all : null;
            case ReadKind.Line or ReadKind.TextLine or ReadKind.BorrowLine:
                return Record(read, rest, limit) ?? (ended ? all : null);
            case ReadKind.TryBorrowLine:
                return Record(read, rest, limit) ?? Answer.Takes(0);
            default:
                return Record(read, rest, limit) ?? (ended ? Answer.Incomplete : null);
        }
    }

    /// <summary>How many bytes a read has consumed, by what it has given; null when the contract does not allow that.</summary>
    public static int? Explain(Read read, Outcome outcome, ReadOnlySpan<byte> rest, bool ended, int limit)
    {
        if (Of(read, rest, ended, limit) is not { } answer) return null;
        switch (outcome.Error)
        {
            case null when answer.Kind == AnswerKind.Bytes:
                var count = outcome.Count ?? answer.Most;
                return answer.Least <= count && count <= answer.Most && outcome.Shows(rest[..count]) ? count : null;
            case IncompleteReadException cut when answer.Kind == AnswerKind.Incomplete:
                return rest.SequenceEqual(cut.Partial) && cut.Expected == (read.Separators.Length == 0 ? read.Count : null) ? rest.Length : null;
            case LimitOverrunException over when answer.Kind == AnswerKind.Overrun:
                var toEnd = read.Kind == ReadKind.ToEnd;
                if (over.Limit != (toEnd ? read.Count : limit) || over.Consumed < answer.Least || over.Consumed > answer.Most) return null;
                return toEnd ? (int)over.Consumed : 0;
            default:
                return null;
        }
    }

    /// <summary>The most that a skip that was cancelled may have skipped: no separator.</summary>
    public static int MostSkipped(Read read, ReadOnlySpan<byte> rest) => Find(read, rest) is { End: > 0 } found ? found.End - found.Length : rest.Length;

    /// <summary>Whether these bytes can have been sent when this was written; all of it, or cut at any place.</summary>
    public static bool CanBeSent(ReadOnlySpan<byte> sent, IEnumerable<Written[]> writes, bool all)
    {
        HashSet<int> places = [0];
        var endsWithin = false;
        foreach (var together in writes)
        {
            HashSet<int> next = [];
            foreach (var order in Orders(together))
            {
                var at = places;
                foreach (var write in order) at = Behind(at, write, sent, ref endsWithin);
                next.UnionWith(at);
            }

            places = next;
        }

        return places.Contains(sent.Length) || (endsWithin && !all);
    }

    private static HashSet<int> Behind(HashSet<int> places, Written write, ReadOnlySpan<byte> sent, ref bool endsWithin)
    {
        if (write.Fate == Fate.Nothing) return places;
        HashSet<int> behind = [];
        foreach (var place in places)
        {
            var same = sent[place..].CommonPrefixLength(write.Data);
            endsWithin |= place + same == sent.Length;
            if (same == write.Data.Length) behind.Add(place + same);
            if (write.Fate == Fate.AllOrNothing) behind.Add(place);
            if (write.Fate == Fate.Any) behind.UnionWith(Enumerable.Range(place, same + 1));
        }

        return behind;
    }

    private static IEnumerable<Written[]> Orders(Written[] writes) => writes.Length == 1 ? [writes] :
        writes.SelectMany((first, i) => Orders([.. writes[..i], .. writes[(i + 1)..]]).Select(others => (Written[])[first, .. others]));

    /// <summary>A record within the limit, or that it is over it; null while neither is known.</summary>
    private static Answer? Record(Read read, ReadOnlySpan<byte> rest, int limit)
    {
        var (end, length) = Find(read, rest);
        // Without a separator that many bytes are known to belong to the record.
        var clear = end > 0 ? end - length : rest.Length - Separators(read).Max(static separator => separator.Length) + 1;
        return clear > limit ? new Answer(AnswerKind.Overrun, limit + 1, clear) : end > 0 ? Answer.Takes(end) : null;
    }

    /// <summary>The first end of a separator, and the length of the shortest that ends there.</summary>
    private static (int End, int Length) Find(Read read, ReadOnlySpan<byte> rest)
    {
        (int End, int Length) first = default;
        foreach (var separator in Separators(read).OrderBy(static separator => separator.Length))
        {
            var index = rest.IndexOf(separator);
            if (index >= 0 && (first.End == 0 || index + separator.Length < first.End)) first = (index + separator.Length, separator.Length);
        }

        return first;
    }

    private static IEnumerable<byte[]> Separators(Read read) => read.Separators.Length == 0 ? ["\n"u8.ToArray()] : read.Separators.Select(Encoding.UTF8.GetBytes);
}

internal enum AnswerKind
{
    Bytes,
    Incomplete,
    Overrun,
}

/// <summary>What a read must answer: so many bytes, that they are too few, or that they are too many.</summary>
internal sealed record Answer(AnswerKind Kind, int Least, int Most)
{
    public static Answer Incomplete { get; } = new(AnswerKind.Incomplete, 0, 0);

    public static Answer Takes(int count) => new(AnswerKind.Bytes, count, count);
}

/// <summary>What a write or read has done.</summary>
internal sealed record Outcome(byte[]? Bytes = null, long? Skipped = null, string? Text = null, Exception? Error = null)
{
    /// <summary>The memory of a read that lends.</summary>
    public ReadOnlyMemory<byte> Lent { get; init; }

    /// <summary>Whether it tells that the input has ended and nothing is left.</summary>
    public bool TellsEnd(Read read) => Error is IncompleteReadException ||
        (Error is null && read.Kind is not (ReadKind.TryBorrowLine or ReadKind.SkipLine or ReadKind.SkipUntil)
            && (Bytes is null ? Text is null : Bytes.Length == 0 && (read.Count > 0 || read.Kind is ReadKind.Borrow or ReadKind.Line or ReadKind.BorrowLine)));

    /// <summary>How many bytes it says it has consumed; null for a text, which does not say it.</summary>
    public int? Count => (int?)Skipped ?? Bytes?.Length;

    public bool Shows(ReadOnlySpan<byte> bytes) => Skipped is not null || (Bytes is not null ? bytes.SequenceEqual(Bytes) : Text == AsText(bytes));

    public override string ToString() =>
        Error is IncompleteReadException { Partial: var partial } ? $"IncompleteReadException with {Show.Bytes(partial)}" :
        Error is LimitOverrunException over ? $"LimitOverrunException, {over.Consumed} of {over.Limit}" :
        Error is not null ? $"{Error.GetType().Name}: {Error.Message}" :
        Bytes is not null ? Show.Bytes(Bytes) : Text is not null ? Show.Text(Text) : Skipped is not null ? $"{Skipped} skipped" : "done";

    private static string? AsText(ReadOnlySpan<byte> line)
    {
        if (line.IsEmpty) return null;
        if (line[^1] != (byte)'\n') return Encoding.UTF8.GetString(line);
        line = line[..^1];
        return Encoding.UTF8.GetString(line is [.., (byte)'\r'] ? line[..^1] : line);
    }
}

/// <summary>What becomes of the bytes of a write.</summary>
internal enum Fate
{
    All,
    AllOrNothing,
    Nothing,
    Any, // nothing, a part from the start, or all
}

/// <summary>The bytes of one write, which stay together.</summary>
internal sealed class Written(byte[] data)
{
    public byte[] Data => data;

    /// <summary>What is known of it: while a call is under way its bytes are all to be sent.</summary>
    public Fate Fate { get; set; }
}
