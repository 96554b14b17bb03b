using System.Buffers;
using System.Runtime.CompilerServices;
using System.Text;

namespace Kestrel.Streams.Samples.RespServer;

/// <summary>Reads commands: the words of one, its name first, in a buffer that the next one uses again.</summary>
internal sealed partial class RespReader(ConnectionStream stream)
{
    /// <summary>How many words a command may have, and how many bytes with all of them.</summary>
    public const int MostWords = 1024 * 1024, MostBytes = 64 * 1024 * 1024;

    /// <summary>How much of a client's words a refusal repeats.</summary>
    public const int MostQuoted = 128;

    private const int Piece = 64 * 1024;

    private List<Range> _words = [];
    private ArrayBufferWriter<byte> _bytes = new();

    public int Count => _words.Count;

    public ReadOnlySpan<byte> this[int index] => _bytes.WrittenSpan[_words[index]];

    public bool Is(int index, ReadOnlySpan<byte> word) => Ascii.EqualsIgnoreCase(this[index], word);

    /// <summary>A word as it is quoted in a refusal: a byte is a letter, and not too many of them.</summary>
    public string Text(int index, int most = MostQuoted) => Encoding.Latin1.GetString(this[index][..Math.Min(this[index].Length, most)]);

    public long Integer(int index) => RespInteger.TryParse(this[index], out var number) ? number : throw RespException.NotAnInteger;

    /// <summary>Reads the next command; false at the end of the input.</summary>
    /// <exception cref="RespException">What comes is no command.</exception>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))] // so that the wait for a command allocates nothing
    public async ValueTask<bool> ReadAsync()
    {
        Clear();
        try
        {
            while (Count == 0) // an empty line and an empty list are no commands, and are not answered
            {
                var line = await stream.BorrowLineAsync();
                if (line.Span is not [.., (byte)'\n']) return false;
                if (line.Span[0] == '*') await ReadWordsAsync(Length(line.Span, long.MinValue, MostWords, "invalid multibulk length"));
                else SplitWords(line.Span.TrimEnd("\r\n"u8));
            }

            return true;
        }
        catch (LimitOverrunException)
        {
            // Nothing of the line is consumed: its first byte tells what it was to be.
            var first = (await stream.BorrowExactlyAsync(1)).Span[0];
            throw RespException.Protocol($"too big {first switch { (byte)'*' => "mbulk count string", (byte)'$' => "bulk count string", _ => "inline request" }}");
        }
    }

    private async ValueTask ReadWordsAsync(long count)
    {
        for (; count > 0; count--)
        {
            var line = await stream.BorrowLineAsync();
            if (line.Span is not [var type, .., (byte)'\n']) throw new IncompleteReadException(line.ToArray(), expected: null);
            if (type != '$') throw RespException.Protocol($"expected '$', got '{(char)type}'");

            var start = _bytes.WrittenCount;
            var length = (int)Length(line.Span, 0, MostBytes - start, "invalid bulk length");
            // By pieces: memory is taken for what has come, and not for what was promised.
            for (int taken, left = length + "\r\n".Length; left > 0; left -= taken)
            {
                taken = Math.Min(left, Piece);
                _bytes.Write((await stream.BorrowExactlyAsync(taken)).Span);
            }

            _words.Add(start..(start + length));
        }
    }

    private static long Length(ReadOnlySpan<byte> line, long least, long most, string refusal) =>
        line is [_, .. var digits, (byte)'\r', (byte)'\n'] && RespInteger.TryParse(digits, out var length) && length >= least && length <= most
            ? length
            : throw RespException.Protocol(refusal);

    private void Clear()
    {
        // What one great command has needed is not held for all the small ones behind it.
        if (_bytes.Capacity > Piece) _bytes = new ArrayBufferWriter<byte>();
        if (_words.Capacity > Piece) _words = [];
        _bytes.ResetWrittenCount();
        _words.Clear();
    }
}
