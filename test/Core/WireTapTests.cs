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

    private sealed class Noted : WireTap
    {
        private readonly Lock _lock = new();
        private readonly List<string> _notes = [];

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
