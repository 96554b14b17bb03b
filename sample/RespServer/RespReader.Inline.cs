using System.Buffers;
using System.Buffers.Text;

namespace Kestrel.Streams.Samples.RespServer;

/// <content>Commands as people type them into nc: words between spaces, with quotes around those that have spaces in them.</content>
internal sealed partial class RespReader
{
    private static readonly SearchValues<byte> _endOfPlain = SearchValues.Create(" \t\r\n\"'"u8);

    private void SplitWords(ReadOnlySpan<byte> line)
    {
        while (!(line = line.TrimStart(" \t\v\f\r\n"u8)).IsEmpty)
        {
            var start = _bytes.WrittenCount;
            var end = line.IndexOfAny(_endOfPlain);
            _bytes.Write(end < 0 ? line : line[..end]);
            line = end < 0 ? [] : line[end..];
            if (line is [(byte)'"' or (byte)'\'', ..]) line = TakeQuoted(line[1..], quote: line[0]);
            _words.Add(start.._bytes.WrittenCount);
        }
    }

    private ReadOnlySpan<byte> TakeQuoted(ReadOnlySpan<byte> line, byte quote)
    {
        while (!line.IsEmpty && line[0] != quote)
        {
            var (taken, value) = line switch
            {
                [(byte)'\\', (byte)'x', _, _, ..] when quote == '"' && Utf8Parser.TryParse(line[2..4], out byte hex, out var digits, 'x') && digits == 2 => (4, hex),
                [(byte)'\\', var escaped, ..] when quote == '"' => (2, escaped switch
                {
                    (byte)'n' => (byte)'\n',
                    (byte)'r' => (byte)'\r',
                    (byte)'t' => (byte)'\t',
                    (byte)'b' => (byte)'\b',
                    (byte)'a' => (byte)'\a',
                    _ => escaped,
                }),
                [(byte)'\\', (byte)'\'', ..] => (2, quote),
                _ => (1, line[0]),
            };
            _bytes.Write([value]);
            line = line[taken..];
        }

        return line is [_] or [_, (byte)' ' or (byte)'\t' or (byte)'\v' or (byte)'\f' or (byte)'\r' or (byte)'\n', ..]
            ? line[1..]
            : throw RespException.Protocol("unbalanced quotes in request");
    }
}
