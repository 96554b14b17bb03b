using Kestrel.Streams.Samples.WebHost.Chat;

namespace Kestrel.Streams.Tests;

/// <summary>What a user that does not read makes of the node it is on.</summary>
public class SlowReaderTests
{
    private readonly ManualTime _time = new();

    [Fact]
    public async Task One_that_asks_for_history_again_and_again_is_cut_as_others_are_and_keeps_no_thread_for_its_last_word()
    {
        await using var rooms = new Rooms(new ChatOptions { OutboxBytes = 200_000 }, _time);
        rooms.Backplane.History = static room => Task.FromResult(HistoryOf(room));
        var ann = await rooms.EnterAsync();
        var slow = rooms.Connect();

        await slow.WriteAsync(string.Concat(Enumerable.Repeat("/join den\n/join lobby\n", 5))).Within();

        await ann.HearAsync(static line => line == "* guest-here-2 has left");
        await _time.AdvanceToTimerAsync(TimeSpan.FromSeconds(1));
        var heard = await slow.ReadToEndAsync().Within();
        Assert.EndsWith("* You read too slowly, and too much waited for you. Come back: the room has kept the last lines.\n", System.Text.Encoding.UTF8.GetString(heard), StringComparison.Ordinal);
        Assert.InRange(heard.Length, 50_000, 400_000);
    }

    [Fact]
    public async Task One_that_goes_and_does_not_read_its_last_lines_in_time_is_not_told_that_it_was_slow()
    {
        await using var rooms = new Rooms(time: _time);
        rooms.Backplane.History = static room => Task.FromResult(HistoryOf(room));
        var going = rooms.Connect();

        await going.WriteAsync("/quit\n").Within();

        await _time.AdvanceToTimerAsync(TimeSpan.FromSeconds(5));
        Assert.DoesNotContain("slowly", System.Text.Encoding.UTF8.GetString(await going.ReadToEndAsync().Within()), StringComparison.Ordinal);
    }

    /// <summary>More than a pipe takes before somebody reads, and more than a stream lets wait without blocking.</summary>
    private static IReadOnlyList<Said> HistoryOf(string room) =>
        [.. Enumerable.Range(1, 100).Select(i => new Said(Rooms.Stamp("x", i), "bob", room, new string('x', 900)))];
}
