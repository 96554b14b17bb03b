using System.Globalization;

namespace Kestrel.Streams.Tests;

/// <summary>The dump of the wire log: printable ASCII whatever the bytes are, and the bytes can be read back out of it.</summary>
internal sealed class HexDumpTarget : Target
{
    private const string More = "... and ";

    public override string Name => "hex-dump";

    public override int Longest => 1200;

    public override IReadOnlyList<byte[]> Tokens { get; } = ByteText.Tokens("\u001b[2J", "\r\n", "{0}", "\0", "\u007f", "\u0085", "\u2028");

    public override string Run(byte[] input)
    {
        var dump = HexDump.Of(input);
        Assert.All(dump, static letter => Assert.True(letter is '\n' or (>= ' ' and <= '~'), $"U+{(int)letter:X4} is in it."));
        var lines = dump.Length == 0 ? [] : dump.Split('\n');
        var told = lines.LastOrDefault() is { } last && last.StartsWith(More, StringComparison.Ordinal) ? int.Parse(last[More.Length..].Split(' ')[0], CultureInfo.InvariantCulture) : 0;
        var rows = told > 0 ? lines[..^1] : lines;
        var shown = rows.SelectMany(static row => Convert.FromHexString(row[9..49].Replace(" ", "", StringComparison.Ordinal))).ToArray();
        Assert.Equal(input.Length - told, shown.Length);
        Assert.Equal(input[..shown.Length], shown);
        Assert.All(rows.Index(), static row => Assert.StartsWith($"{row.Index * 16:x8}: ", row.Item, StringComparison.Ordinal));
        // And beside it the text, a letter for each byte.
        Assert.Equal(shown.Length, rows.Sum(static row => row.Length - 51));
        return $"{rows.Length} {told > 0}";
    }
}
