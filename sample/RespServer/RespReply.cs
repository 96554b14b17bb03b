using System.Buffers;
using System.Buffers.Text;
using System.Text;

namespace Kestrel.Streams.Samples.RespServer;

/// <summary>Writes a reply, in the version of the protocol that the client has asked for.</summary>
internal sealed class RespReply
{
    private const int MostKept = 64 * 1024;

    private ArrayBufferWriter<byte> _bytes = new();

    /// <summary>2 or 3.</summary>
    public int Protocol { get; set; } = 2;

    public ReadOnlyMemory<byte> Bytes => _bytes.WrittenMemory;

    public void Clear()
    {
        if (_bytes.Capacity > MostKept) _bytes = new();
        _bytes.ResetWrittenCount();
    }

    public void Simple(ReadOnlySpan<byte> text)
    {
        _bytes.Write("+"u8);
        _bytes.Write(text);
        _bytes.Write("\r\n"u8);
    }

    /// <summary>An error on one line, whatever of the client's is quoted in it.</summary>
    public void Error(string message) => Encoding.Latin1.GetBytes($"-{message.Trim('\r', '\n').Replace('\r', ' ').Replace('\n', ' ')}\r\n", _bytes);

    public void Integer(long number) => Line(':', number);

    public void Bulk(ReadOnlySpan<byte> data)
    {
        Line('$', data.Length);
        _bytes.Write(data);
        _bytes.Write("\r\n"u8);
    }

    public void BulkOrNull(byte[]? data)
    {
        if (data is null) Null();
        else Bulk(data);
    }

    /// <summary>Text for people.</summary>
    public void Text(string text)
    {
        if (Protocol == 2) Bulk(Encoding.ASCII.GetBytes(text));
        else
        {
            Line('=', "txt:".Length + text.Length);
            Encoding.ASCII.GetBytes($"txt:{text}\r\n", _bytes);
        }
    }

    public void Null() => _bytes.Write(Protocol == 3 ? "_\r\n"u8 : "$-1\r\n"u8);

    /// <summary>So many replies follow.</summary>
    public void Array(int count) => Line('*', count);

    /// <summary>So many keys follow, each with its value behind it.</summary>
    public void Map(int count) => Line(Protocol == 3 ? '%' : '*', Protocol == 3 ? count : 2 * count);

    public void Pair(ReadOnlySpan<byte> key, ReadOnlySpan<byte> value)
    {
        Bulk(key);
        Bulk(value);
    }

    public void Pair(ReadOnlySpan<byte> key, long value)
    {
        Bulk(key);
        Integer(value);
    }

    /// <summary>So many replies follow that are none: nobody has asked.</summary>
    public void Push(int count) => Line(Protocol == 3 ? '>' : '*', count);

    private void Line(char type, long number)
    {
        var line = _bytes.GetSpan(24);
        line[0] = (byte)type;
        Utf8Formatter.TryFormat(number, line[1..], out var length);
        "\r\n"u8.CopyTo(line[(1 + length)..]);
        _bytes.Advance(length + 3);
    }
}
