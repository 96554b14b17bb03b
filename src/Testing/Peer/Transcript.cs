using System.Text;

namespace Kestrel.Streams.Testing;

/// <summary>The last of what was said on both sides, for the message of a failure.</summary>
internal sealed class Transcript
{
    private const int Most = 20;

    private readonly Lock _gate = new();
    private readonly Queue<string> _lines = new();
    private int _forgotten;

    public void Sent(ReadOnlySpan<byte> data) => Add($"  sent {EscapedBytes.Of(data)}");

    public void Came(ReadOnlySpan<byte> data) => Add($"  came {EscapedBytes.Of(data)}");

    /// <summary>What was said, with a headline; empty when that is nothing.</summary>
    public override string ToString()
    {
        lock (_gate)
        {
            if (_lines.Count == 0) return "";
            var text = new StringBuilder("\nThe conversation before it:");
            if (_forgotten > 0) text.Append($"\n  ({_forgotten} more)");
            foreach (var line in _lines) text.Append('\n').Append(line);
            return text.ToString();
        }
    }

    private void Add(string line)
    {
        lock (_gate)
        {
            _lines.Enqueue(line);
            if (_lines.Count <= Most) return;
            _lines.Dequeue();
            _forgotten++;
        }
    }
}
