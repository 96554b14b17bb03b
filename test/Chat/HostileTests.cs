using System.Text;

namespace Kestrel.Streams.Tests;

public class HostileTests(SampleHost shared)
{
    [Theory]
    [InlineData(new byte[] { 0xff, 0xfd, 0x18, (byte)'\n' }), InlineData(new byte[] { (byte)'a', 0xc3, (byte)'\n' })]
    [InlineData(new byte[] { 0xc0, 0xaf, (byte)'\n' }), InlineData(new byte[] { 0xed, 0xa0, 0x80, (byte)'\n' })]
    public async Task Bytes_that_are_no_UTF8_reach_nobody_and_the_next_line_does(byte[] garbage)
    {
        await using var user = await ChatPeer.EnterAsync(shared);
        await user.SendAsync(garbage);
        await user.HearAsync("* That was not UTF-8, and nobody got it.");
        await user.SendAsync("and on");
        await user.HearAsync(static line => line.EndsWith(": and on", StringComparison.Ordinal));
    }

    [Fact]
    public async Task What_moves_a_cursor_or_turns_the_text_or_does_not_show_is_left_out()
    {
        await using var ann = await ChatPeer.EnterAsync(shared, "clean.ann");
        await using var bob = await ChatPeer.EnterAsync(shared, "clean.bob");
        await ann.SendAsync("\u001b[31mred\u001b[0m \u009b2J\a\0 \u202eturned\u2028 \u200bhidden\ttab\r");
        await bob.HearAsync("clean.ann: [31mred[0m 2J turned hidden tab");
        await ann.SendAsync("👩\u200d💻 <script>alert(1)</script> * clean.bob: I did not say that");
        await bob.HearAsync("clean.ann: 👩\u200d💻 <script>alert(1)</script> * clean.bob: I did not say that");
    }

    [Theory, InlineData(Way.Tcp), InlineData(Way.WebSocket)]
    public async Task A_line_of_a_megabyte_is_answered_with_one_and_the_next_is_heard(Way way)
    {
        await using var user = await ChatPeer.EnterAsync(shared, $"long.{way}", way);
        await user.SendAsync(new string('x', 1 << 20));
        await user.HearAsync("* A line may have 1000 bytes: that one was longer, and nobody got it.");
        await user.SendAsync("short");
        await user.HearAsync($"long.{way}: short");
        Assert.DoesNotContain(user.Heard, static line => line.Contains("xxxx", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_flood_is_taken_at_the_pace_of_the_chat_and_nothing_of_it_is_lost()
    {
        await using var host = await SampleHost.StartAsync("--Chat:LinesPerSecond", "20", "--Chat:Burst", "5");
        await using var ann = await ChatPeer.EnterAsync(host);
        await using var bob = await ChatPeer.EnterAsync(host, way: Way.WebSocket);
        await ann.SendAsync(Encoding.UTF8.GetBytes(string.Concat(Enumerable.Range(0, 50).Select(static i => $"flood {i}\n"))));

        var next = 0;
        while (next < 50)
        {
            var line = await bob.HearAsync(static line => line.Contains(": flood ", StringComparison.Ordinal));
            Assert.EndsWith($": flood {next++}", line, StringComparison.Ordinal);
        }

        await ann.HearAsync(static line => line.EndsWith(": flood 49", StringComparison.Ordinal));
        Assert.Single(ann.Heard, "* You send faster than 20 lines a second: yours are taken at that pace.");
        Assert.InRange((await ChatFigures.OfAsync(host)).Refused["too_fast"], 1, 50);
    }

    [Theory, InlineData(Way.Tcp), InlineData(Way.Unix), InlineData(Way.WebSocket)]
    public async Task A_reader_that_does_not_read_is_cut_with_a_last_line_and_holds_up_nobody(Way way)
    {
        await using var host = await SampleHost.StartAsync("--Chat:LinesPerSecond", "1000", "--Chat:Burst", "10000", "--Chat:OutboxBytes", "200000");
        await using var slow = await ChatPeer.ConnectAsync(host, way, receiveBuffer: 4096);
        await using var ann = await ChatPeer.EnterAsync(host, "ann");
        await using var bob = await ChatPeer.EnterAsync(host, "bob", Way.Tls);

        // Fifty lines at a time, each heard by those who read: their outboxes are never full.
        var text = new string('x', 900);
        for (var round = 0; (await ChatFigures.OfAsync(host)).SlowReaders == 0; round++)
        {
            Assert.True(round < 500, "25,000 lines have not filled the way to a reader that does not read.");
            await ann.SendAsync(Encoding.UTF8.GetBytes(string.Concat(Enumerable.Range(0, 50).Select(i => $"{round} {i} {text}\n"))));
            foreach (var reader in new[] { ann, bob })
                await reader.HearAsync($"ann: {round} 49 {text}");
        }

        Assert.Equal("* You read too slowly, and too much waited for you. Come back: the room has kept the last lines.", await slow.LastAsync());
        await ann.SendAsync("still here");
        await bob.HearAsync("ann: still here");
        Assert.Equal(1, (await ChatFigures.OfAsync(host)).SlowReaders);
    }
}
