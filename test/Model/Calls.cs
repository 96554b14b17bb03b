using System.Text;

namespace Kestrel.Streams.Tests;

/// <summary>The steps as calls of the stream.</summary>
internal static class Calls
{
    public static async ValueTask<Outcome> ReadAsync(ConnectionStream stream, Read read, CancellationToken token)
    {
        byte[] Separator() => Encoding.UTF8.GetBytes(read.Separators[0]);
        switch (read.Kind)
        {
            case ReadKind.Some: return new Outcome(await stream.ReadAsync(read.Count, token));
            case ReadKind.Memory:
                var some = new byte[read.Count];
                return new Outcome(some[..await stream.ReadAsync(some.AsMemory(), token)]);
            case ReadKind.Borrow: return Lent(await stream.BorrowAsync(token));
            case ReadKind.Line: return new Outcome(await stream.ReadLineAsync(token));
            case ReadKind.TextLine: return new Outcome(Text: await stream.ReadLineAsync(Encoding.UTF8, token));
            case ReadKind.BorrowLine: return Lent(await stream.BorrowLineAsync(token));
            case ReadKind.TryBorrowLine: return stream.TryBorrowLine(out var line) ? Lent(line) : new Outcome([]);
            case ReadKind.UntilByte: return new Outcome(await stream.ReadUntilAsync(Separator()[0], token));
            case ReadKind.Until: return new Outcome(await stream.ReadUntilAsync(Separator(), token));
            case ReadKind.UntilAny:
                ReadOnlyMemory<byte>[] separators = [.. read.Separators.Select(static separator => Encoding.UTF8.GetBytes(separator).AsMemory())];
                return new Outcome(await stream.ReadUntilAnyAsync(separators, token));
            case ReadKind.BorrowUntil: return Lent(await stream.BorrowUntilAsync(Separator(), token));
            case ReadKind.Exactly: return new Outcome(await stream.ReadExactlyAsync(read.Count, token));
            case ReadKind.ExactlyMemory:
                var exact = new byte[read.Count];
                await stream.ReadExactlyAsync(exact.AsMemory(), token);
                return new Outcome(exact);
            case ReadKind.BorrowExactly: return Lent(await stream.BorrowExactlyAsync(read.Count, token));
            case ReadKind.ToEnd: return new Outcome(await stream.ReadToEndAsync(read.Count, token));
            case ReadKind.SkipLine: return new Outcome(Skipped: await stream.SkipLineAsync(token));
            case ReadKind.SkipUntil: return new Outcome(Skipped: await stream.SkipUntilAsync(Separator(), token));
            default: throw new InvalidOperationException($"{read.Kind} is more than one call.");
        }
    }

    /// <summary>The next line of an enumeration; empty when it has ended.</summary>
    public static async ValueTask<Outcome> NextAsync(IAsyncEnumerator<byte[]> lines) => new(await lines.MoveNextAsync() ? lines.Current : []);

    /// <inheritdoc cref="NextAsync(IAsyncEnumerator{byte[]})"/>
    public static async ValueTask<Outcome> NextAsync(IAsyncEnumerator<ReadOnlyMemory<byte>> lines) =>
        await lines.MoveNextAsync() ? Lent(lines.Current) : new Outcome([]);

    public static ValueTask WriteAsync(ConnectionStream stream, Write write, CancellationToken token)
    {
        switch (write.Kind)
        {
            case WriteKind.Write:
                stream.Write(write.Data.AsSpan());
                return ValueTask.CompletedTask;
            case WriteKind.WriteLines:
                stream.WriteLines(write.Parts.Select(static part => part.Bytes));
                return ValueTask.CompletedTask;
            case WriteKind.Memory: return stream.WriteAsync(write.Data.AsMemory(), token);
            case WriteKind.Span: return stream.WriteAsync(write.Data.AsSpan(), token);
            case WriteKind.Text: return stream.WriteAsync(string.Concat(write.Parts.Select(static part => part.All)), token);
            case WriteKind.LinesAsync: return stream.WriteLinesAsync(write.Parts.Select(static part => part.Bytes), token);
            case WriteKind.Flush: return new ValueTask(stream.FlushAsync(token));
            case WriteKind.Drain: return stream.DrainAsync(token);
            case WriteKind.Eof: return stream.WriteEofAsync(token);
            default: throw new InvalidOperationException($"{write.Kind} is more than one call.");
        }
    }

    private static Outcome Lent(ReadOnlyMemory<byte> memory) => new(memory.ToArray()) { Lent = memory };
}
