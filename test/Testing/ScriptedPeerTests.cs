namespace Kestrel.Streams.Tests;

/// <summary>What a script expects, and what it says when something else comes.</summary>
public sealed class ScriptedPeerTests : IAsyncDisposable
{
    private readonly StreamPair _pair = StreamPair.Create();
    private readonly ScriptedPeer _peer;

    public ScriptedPeerTests() => _peer = new ScriptedPeer(_pair.Client);

    private ConnectionStream Other => _pair.Server;

    /// <summary>One that has no time at all to wait.</summary>
    private ScriptedPeer Hasty => new(_pair.Client) { Timeout = TimeSpan.FromMilliseconds(1) };

    public ValueTask DisposeAsync() => _pair.DisposeAsync();

    [Fact]
    public async Task A_conversation_goes_as_the_script_says()
    {
        await Other.WriteAsync("220 ready\r\n").Within();
        await _peer.ExpectLineAsync("220 ready");
        await _peer.SendAsync("HELO caf\u00e9\n");
        Assert.Equal("HELO caf\u00e9\n", await ReadTextAsync());
        await Other.WriteAsync("250 id=7\nbody: \0\u00ff\n221 bye\n").Within();
        Assert.Equal("250 id=7", await _peer.ExpectLineAsync(line => line.StartsWith("250 ", StringComparison.Ordinal)));
        await _peer.ExpectAsync("body: ");
        await _peer.ExpectAsync(new byte[] { 0, 0xC3, 0xBF, (byte)'\n' });
        Assert.Equal("221 bye", await _peer.ReadLineAsync());
        await _peer.SendEofAsync();
        Assert.Empty(await Other.ReadAsync().Within());
        await Other.CloseAsync().Within();
        await _peer.ExpectEofAsync();
    }

    [Fact]
    public Task Another_line_is_shown_beside_the_expected_one_with_what_is_behind_it() => FailsAsync(
        "220 busy \"now\"\r\nand\tmore\n", peer => peer.ExpectLineAsync("220 ready"),
        @"Expected the line ""220 ready"", but ""220 busy \""now\""\r\n"" came, and behind it ""and\tmore\n"".");

    [Fact]
    public Task A_condition_is_shown_as_it_was_written() => FailsAsync(
        "500 no\n", peer => peer.ExpectLineAsync(line => line.StartsWith('2')),
        @"Expected a line with line => line.StartsWith('2'), but ""500 no\n"" came.");

    [Fact]
    public Task Other_bytes_are_told_at_the_first_that_differs() => FailsAsync(
        "ab\0\u00e9", peer => peer.ExpectAsync("ab\0d"), @"Expected ""ab\x00d"", but ""ab\x00\xC3\xA9"" came, which differs at byte 3.");

    [Fact]
    public async Task Long_bytes_are_cut_in_their_middle()
    {
        await Other.WriteAsync(new string('y', 1000)).Within();
        var error = await Assert.ThrowsAsync<ScriptedPeerException>(() => _peer.ExpectAsync(new string('x', 1000)));
        Assert.Contains("xxx\" (600 bytes more) \"xxx", error.Message, StringComparison.Ordinal);
        Assert.InRange(error.Message.Length, 800, 1000);
    }

    [Fact]
    public Task An_end_is_no_line() => EndsAsync("", peer => peer.ExpectLineAsync("220"), @"Expected the line ""220"", but the end came.");

    [Fact]
    public Task A_line_without_its_end_is_no_line() => EndsAsync(
        "220", peer => peer.ExpectLineAsync("220"), @"Expected the line ""220"", but the end came; what had come is ""220"".");

    [Fact]
    public Task An_end_within_the_bytes_shows_what_had_come() => EndsAsync(
        "ab", peer => peer.ExpectAsync("abc"), @"Expected ""abc"", but the end came; what had come is ""ab"".");

    [Fact]
    public Task Bytes_are_no_end() => FailsAsync("ab", peer => peer.ExpectEofAsync(), @"Expected the end, but ""ab"" came.");

    [Fact]
    public Task An_end_is_no_reset() => EndsAsync("ab", peer => peer.ExpectResetAsync(), "Expected a reset, but a clean end came.\nThe conversation before it:\n  came \"ab\"");

    [Fact]
    public async Task A_reset_is_expected_or_told()
    {
        Other.Abort();
        await _peer.ExpectResetAsync();
        var error = await Assert.ThrowsAsync<ScriptedPeerException>(() => _peer.ExpectEofAsync());
        Assert.StartsWith("Expected the end, but the connection broke (", error.Message, StringComparison.Ordinal);
        Assert.IsType<IOException>(error.InnerException);
    }

    [Fact]
    public async Task A_line_that_does_not_come_in_time_is_told_with_what_had_come()
    {
        await Other.WriteAsync("22").Within();
        var error = await Assert.ThrowsAsync<ScriptedPeerException>(() => Hasty.ExpectLineAsync("220"));
        Assert.Equal("Expected the line \"220\", but nothing more came within 0.001 seconds; what had come is \"22\".", error.Message);
    }

    [Fact]
    public async Task Bytes_that_do_not_come_in_time_are_told_with_what_had_come()
    {
        await Other.WriteAsync("22").Within();
        var error = await Assert.ThrowsAsync<ScriptedPeerException>(() => Hasty.ExpectAsync("220"));
        Assert.Equal("Expected \"220\", but nothing more came within 0.001 seconds; what had come is \"22\".", error.Message);
    }

    [Fact]
    public async Task A_line_over_the_limit_is_told()
    {
        await using var pair = StreamPair.Create(new StreamPairOptions { Streams = new ConnectionStreamOptions { Limit = 8 } });
        await pair.Server.WriteAsync("123456789012").Within();
        var error = await Assert.ThrowsAsync<ScriptedPeerException>(() => new ScriptedPeer(pair.Client).ReadLineAsync());
        Assert.Matches(@"^Expected a line, but the first \d+ bytes had no line end; what had come is ""12345678", error.Message);
    }

    [Fact]
    public async Task Who_does_not_read_is_told()
    {
        var error = await Assert.ThrowsAsync<ScriptedPeerException>(() => Hasty.SendAsync(new byte[1 << 20]));
        Assert.Contains("but the other end took no more within 0.001 seconds", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_conversation_before_a_failure_is_told_and_only_the_last_of_a_long_one()
    {
        for (var i = 0; i < 30; i++)
        {
            await _peer.SendAsync($"{i}\n");
            await Other.WriteAsync(await Other.ReadLineAsync().Within()).Within();
            await _peer.ExpectLineAsync($"{i}");
        }

        await Other.CloseAsync().Within();
        var error = await Assert.ThrowsAsync<ScriptedPeerException>(() => _peer.ReadLineAsync());
        Assert.StartsWith("Expected a line, but the end came.\nThe conversation before it:\n  (40 more)\n  sent \"20\\n\"\n  came \"20\\n\"\n", error.Message, StringComparison.Ordinal);
        Assert.EndsWith("  sent \"29\\n\"\n  came \"29\\n\"", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_token_gives_up_without_a_failure_and_nothing_is_lost()
    {
        await Other.WriteAsync("hel").Within();
        using var patience = new CancellationTokenSource();
        var line = _peer.ExpectLineAsync("hello", patience.Token);
        await patience.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => line.Within());

        await Other.WriteAsync("lo\n").Within();
        await _peer.ExpectLineAsync("hello");
    }

    private async Task FailsAsync(string said, Func<ScriptedPeer, Task> expect, string message)
    {
        await Other.WriteAsync(said).Within();
        var error = await Assert.ThrowsAsync<ScriptedPeerException>(() => expect(_peer).Within());
        Assert.Equal(message, error.Message);
    }

    private async Task EndsAsync(string said, Func<ScriptedPeer, Task> expect, string message)
    {
        await Other.WriteAsync(said).Within();
        await Other.CloseAsync().Within();
        var error = await Assert.ThrowsAsync<ScriptedPeerException>(() => expect(_peer).Within());
        Assert.Equal(message, error.Message);
    }

    private async Task<string> ReadTextAsync() => System.Text.Encoding.UTF8.GetString(await Other.ReadLineAsync().Within());
}
