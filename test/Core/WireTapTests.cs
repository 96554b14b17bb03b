namespace Kestrel.Streams.Tests;

public class WireTapTests
{
    [Fact]
    public async Task Each_sees_the_bytes_while_it_is_there()
    {
        var (client, server) = ConnectionStream.CreatePair();
        await using var closing = client;
        await using var peer = server;
        Noted one = new(), other = new();
        client.Add(one);
        client.Add(other);
        await client.WriteAsync("a"u8).Within();
        client.Remove(one);
        await client.WriteAsync("b"u8).Within();
        await peer.WriteAsync("c"u8).Within();
        Assert.Equal("c", (await client.ReadAsync(1).Within()).ToText());
        client.Remove(new Noted());
        client.Add(one);
        await client.WriteAsync("d"u8).Within();
        client.Remove(one);
        client.Remove(other);
        Assert.Null(client.Taps);
        client.Remove(other);
        await client.WriteAsync("e"u8).Within();

        Assert.Equal("sent a, sent d", one.ToString());
        Assert.Equal("sent a, sent b, received c, sent d", other.ToString());
    }

    [Fact]
    public async Task What_is_sent_in_pieces_is_seen_once()
    {
        var transport = new ScriptedTransport { Tries = true, Room = 2 };
        await using var stream = Streams.Over(transport);
        var tap = new Noted();
        stream.Add(tap);
        await stream.WriteAsync("abcdef"u8.ToArray()).Within();
        await stream.WriteAsync("gh"u8).Within();
        Assert.Equal("abcdefgh", transport.Sent.ToText());
        Assert.Equal("sent abcdef, sent gh", tap.ToString());
    }

    [Fact]
    public async Task What_is_received_is_seen_before_it_is_read_and_so_is_the_end()
    {
        var transport = new ScriptedTransport { Portion = 20_000 };
        await using var stream = Streams.Over(transport);
        var tap = new Noted();
        stream.Add(tap);
        transport.Arrive("abc");
        Assert.Equal("a", (await stream.ReadExactlyAsync(1).Within()).ToText());
        var rest = new byte[200_000];
        var reading = stream.ReadExactlyAsync(rest).AsTask();
        transport.Arrive([.. Enumerable.Repeat((byte)'x', 199_998)]);
        await reading.Within();
        transport.ArriveEnd();
        Assert.Empty(await stream.ReadAsync(1).Within());
        Assert.Equal("abc" + new string('x', 199_998), tap.Bytes);
        Assert.EndsWith("end", tap.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_file_is_seen_by_its_length()
    {
        using var sample = new SampleFile(100);
        await using var file = sample.Open();
        await using var stream = Streams.Over(new ScriptedTransport());
        var tap = new Noted();
        stream.Add(tap);
        await stream.WriteAsync("a"u8).Within();
        await stream.SendFileAsync(file).Within();
        await stream.WriteAsync("b"u8).Within();
        Assert.Equal("sent a, file 100, sent b", tap.ToString());
    }

    private sealed class Noted : WireTap
    {
        private readonly Lock _lock = new();
        private readonly List<string> _notes = [];

        /// <summary>All that was received.</summary>
        public string Bytes
        {
            get
            {
                lock (_lock) return string.Concat(_notes.Where(note => note.StartsWith("received ", StringComparison.Ordinal)).Select(note => note["received ".Length..]));
            }
        }

        public override void Received(ReadOnlySpan<byte> data) => Note($"received {data.ToArray().ToText()}");

        public override void ReceivedEnd() => Note("end");

        public override void Sending(ReadOnlySpan<byte> data) => Note($"sent {data.ToArray().ToText()}");

        public override void SendingFile(string name, long count) => Note($"file {count}");

        public override string ToString()
        {
            lock (_lock) return string.Join(", ", _notes);
        }

        private void Note(string what)
        {
            lock (_lock) _notes.Add(what);
        }
    }
}
