using Kestrel.Streams.Samples.WebHost.Chat;

namespace Kestrel.Streams.Tests;

/// <summary>What the rooms of one node make of the others, and of a backplane in trouble.</summary>
public class RoomsTests
{
    [Fact]
    public async Task What_comes_twice_or_behind_something_later_of_its_sender_is_dropped()
    {
        await using var rooms = new Rooms();
        var ann = await rooms.EnterAsync();
        Said[] lines = [Line("x", 1, "one"), Line("x", 2, "two"), Line("y", 1, "other"), Line("x", 2, "two"), Line("x", 1, "one"), Line("y", 2, "last")];

        foreach (var line in lines)
            rooms.Node.Receive(line);

        foreach (var text in new[] { "one", "two", "other", "last" })
            await ann.HearsAsync($"bob: {text}");
    }

    [Fact]
    public async Task What_comes_once_more_after_its_sender_has_left_is_dropped()
    {
        await using var rooms = new Rooms();
        var ann = await rooms.EnterAsync();
        ChatEvent[] events = [new Joined(Rooms.Stamp("x", 1), "bob", "lobby"), Line("x", 2, "hello"), new Left(Rooms.Stamp("x", 3))];

        foreach (var happened in events.Concat(events).Append(Line("y", 1, "end")))
            rooms.Node.Receive(happened);

        foreach (var line in new[] { "* bob is here", "bob: hello", "* bob has left", "bob: end" })
            await ann.HearsAsync(line);
    }

    [Fact]
    public async Task What_is_said_while_the_history_comes_is_shown_once_and_behind_it()
    {
        await using var rooms = new Rooms();
        var asked = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var history = new TaskCompletionSource<IReadOnlyList<Said>>(TaskCreationOptions.RunContinuationsAsynchronously);
        rooms.Backplane.History = _ =>
        {
            asked.SetResult();
            return history.Task;
        };
        var ann = rooms.Connect();
        await asked.Task.Within();

        rooms.Node.Receive(Line("x", 2, "in both"));
        rooms.Node.Receive(Line("x", 3, "only heard"));
        history.SetResult([Line("x", 1, "only kept"), Line("x", 2, "in both")]);

        await ann.HearAsync(static line => line == "* You are in lobby. /who tells who else is; 3 earlier lines:");
        foreach (var text in new[] { "only kept", "in both", "only heard" })
            await ann.HearsAsync($"bob: {text}");
    }

    [Fact]
    public async Task A_node_that_is_lost_takes_its_users_with_it_and_nobody_else()
    {
        await using var rooms = new Rooms();
        var ann = await rooms.EnterAsync();
        rooms.Node.Receive(new Joined(Rooms.Stamp("x", 1), "bob", "lobby"));
        rooms.Node.Receive(new Joined(Rooms.Stamp("y", 1, "third"), "eve", "lobby"));

        rooms.Node.ReceiveLoss("there");

        foreach (var line in new[] { "* bob is here", "* eve is here", "* The node there is lost, and with it bob" })
            await ann.HearsAsync(line);
        Assert.Equal(["eve", "guest-here-1"], rooms.Node.Who("lobby").Names);
        await ann.WriteAsync("/msg bob hello\n").Within();
        await ann.HearsAsync("* There is nobody of that name here: bob");
    }

    [Fact]
    public async Task The_users_of_a_node_replace_what_was_known_of_it()
    {
        await using var rooms = new Rooms();
        var ann = await rooms.EnterAsync();
        rooms.Node.Receive(new Joined(Rooms.Stamp("x", 1), "bob", "lobby"));
        rooms.Node.Receive(new Joined(Rooms.Stamp("y", 1), "eve", "lobby"));

        rooms.Node.ReceiveUsers("there", [new ChatUser("there", "y", "eva", "lobby"), new ChatUser("there", "z", "zoe", "den")]);

        foreach (var line in new[] { "* bob is here", "* eve is here", "* bob has left" })
            await ann.HearsAsync(line);
        Assert.Equal(["eva", "guest-here-1"], rooms.Node.Who("lobby").Names);
        Assert.Equal(["zoe"], rooms.Node.Who("DEN").Names);
    }

    [Fact]
    public async Task Users_that_a_node_has_no_more_are_remembered_for_a_while_and_not_for_ever()
    {
        await using var rooms = new Rooms();
        var ann = await rooms.EnterAsync();
        var bob = new Joined(Rooms.Stamp("x", 1), "bob", "lobby");
        rooms.Node.Receive(bob);
        rooms.Node.ReceiveUsers("there", []);

        rooms.Node.Receive(bob);
        for (var i = 0; i < 10_000; i++) rooms.Node.Receive(new Left(Rooms.Stamp($"other {i}", 1)));
        rooms.Node.Receive(bob);

        foreach (var line in new[] { "* bob is here", "* bob has left", "* bob is here" })
            await ann.HearsAsync(line);
        rooms.Node.Receive(Line("y", 1, "end"));
        await ann.HearsAsync("bob: end");
    }

    [Fact]
    public async Task Users_are_told_that_their_node_is_cut_off_and_what_they_say_meanwhile_is_not_lost_in_silence()
    {
        await using var rooms = new Rooms();
        var ann = await rooms.EnterAsync();

        rooms.Backplane.TroubleNow = "the broker does not answer";
        rooms.Backplane.Claim = NameClaim.Unknown;
        rooms.Node.ReceiveTrouble(rooms.Backplane.TroubleNow);
        await ann.HearsAsync("* This node is cut off from the others: the broker does not answer.");
        await ann.WriteAsync("hello\n/msg guest-here-1 psst\n/nick ann\n").Within();
        await ann.HearsAsync("* Nobody got that: this node is cut off from the others. Try again.");
        await ann.HearsAsync("* Nobody got that: this node is cut off from the others. Try again.");
        await ann.HearsAsync("* Nobody can tell at the moment whether that name is free: this node is cut off from the others. Try again.");
        var late = rooms.Connect();
        await late.HearsAsync("* This node is cut off from the others: the broker does not answer.");
        await ann.HearsAsync("* guest-here-2 is here");
        Assert.Equal(["guest-here-1", "guest-here-2"], rooms.Node.Who("lobby").Names);
        Assert.Equal(["guest-here-1", "guest-here-2"], rooms.Node.Users.Select(static user => user.Name).Order(StringComparer.Ordinal));

        rooms.Backplane.TroubleNow = null;
        rooms.Node.ReceiveTrouble(null);
        await ann.HearsAsync("* This node hears of the others again.");
        await ann.WriteAsync("hello\n").Within();
        await ann.HearAsync(static line => line == "guest-here-1: hello");
    }

    [Fact]
    public async Task A_name_that_somebody_else_got_meanwhile_ends_its_connection_with_the_reason()
    {
        await using var rooms = new Rooms();
        var ann = await rooms.EnterAsync();
        await ann.WriteAsync("/nick ann\n").Within();
        await ann.HearsAsync("* You are ann now.");

        rooms.Node.ReceiveNameLoss("ANN");

        await ann.HearsAsync("* Somebody else has taken the name ANN while this node was cut off from the others. Come back under another one.");
        Assert.Null(await ann.ReadLineAsync(System.Text.Encoding.UTF8).Within());
    }

    [Fact]
    public async Task What_a_user_does_is_numbered_without_a_gap_and_its_name_given_back()
    {
        await using var rooms = new Rooms();
        var ann = await rooms.EnterAsync();
        await ann.WriteAsync("/nick ann\nhello\n/join den\n/nick bob\n/msg bob psst\n/quit\n").Within();
        await ann.HearAsync(static line => line == "* Goodbye.");
        Assert.Empty(await ann.ReadToEndAsync().Within());

        Assert.Equal(
            [typeof(Joined), typeof(Renamed), typeof(Said), typeof(Joined), typeof(Renamed), typeof(Whispered), typeof(Left)],
            rooms.Backplane.Published.Select(static happened => happened.GetType()));
        Assert.Equal(Enumerable.Range(1, 7).Select(static i => (long)i), rooms.Backplane.Published.Select(static happened => happened.Stamp.Sequence));
        Assert.Single(rooms.Backplane.Published.DistinctBy(static happened => (happened.Stamp.Node, happened.Stamp.Sender)));
        Assert.Equal(["ann", "bob"], rooms.Backplane.Released);
    }

    [Fact]
    public async Task Whoever_joins_the_room_it_is_in_is_told_so_and_nobody_else_hears_of_it()
    {
        await using var rooms = new Rooms();
        var ann = await rooms.EnterAsync();

        await ann.WriteAsync("/join LOBBY\n/join #lobby\n").Within();

        await ann.HearsAsync("* You are in lobby already.");
        await ann.HearsAsync("* You are in lobby already.");
        Assert.Single(rooms.Backplane.Published);
    }

    [Fact]
    public void Rooms_without_end_make_the_history_not_grow()
    {
        var history = new ChatHistory(new ChatOptions { HistoryLines = 2 });
        for (var i = 0; i < ChatHistory.MostRooms + 10; i++)
            history.Add(new Said(new ChatStamp("here", "x", i, DateTimeOffset.UnixEpoch.AddSeconds(i)), "ann", $"room{i}", "hello"));
        for (var i = 0; i < 3; i++)
            history.Add(new Said(new ChatStamp("here", "y", i, DateTimeOffset.UnixEpoch.AddDays(1)), "ann", "room10", $"{i}"));

        Assert.Empty(history.Of("room9"));
        Assert.Equal(["1", "2"], history.Of("ROOM10").Select(static line => line.Text));
        Assert.Single(history.Of($"room{ChatHistory.MostRooms + 9}"));
    }

    private static Said Line(string sender, long sequence, string text) => new(Rooms.Stamp(sender, sequence), "bob", "lobby", text);
}
