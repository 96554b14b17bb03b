namespace Kestrel.Streams.Tests;

public class ChatTests(SampleHost shared)
{
    private static readonly Way[] _ways = [Way.Tcp, Way.Tls, Way.Unix, Way.WebSocket];

    [Fact]
    public async Task Users_over_TCP_TLS_a_Unix_socket_and_a_WebSocket_are_in_one_room()
    {
        var users = new List<ChatPeer>();
        try
        {
            foreach (var way in _ways)
            {
                users.Add(await ChatPeer.EnterAsync(shared, $"way.{way}", way));
                await users[^1].SendAsync("/join ways");
                await users[^1].HearAsync("* You are in ways. /who tells who else is; 0 earlier lines.");
            }

            await users[^1].SendAsync("/who");
            await users[^1].HearAsync("* 4 in ways: way.Tcp, way.Tls, way.Unix, way.WebSocket");

            foreach (var (user, way) in users.Zip(_ways))
            {
                await user.SendAsync($"hello from {way} – ¿qué tal? 🙂");
                foreach (var other in users)
                    await other.HearAsync($"way.{way}: hello from {way} – ¿qué tal? 🙂");
            }
        }
        finally
        {
            foreach (var user in users)
                await user.DisposeAsync();
        }
    }

    [Fact]
    public async Task A_name_belongs_to_one_user_whatever_its_case_until_that_one_goes()
    {
        await using var first = await ChatPeer.EnterAsync(shared, "Nora");
        await using var second = await ChatPeer.EnterAsync(shared);
        await second.SendAsync("/nick nora");
        await second.HearAsync("* nora is taken.");

        await first.SendAsync("/nick NORA");
        await first.HearAsync("* You are NORA now.");
        await second.HearAsync("* Nora is NORA now");

        await first.SendAsync("/quit");
        Assert.Equal("* Goodbye.", await first.LastAsync());
        await second.HearAsync("* NORA has left");
        await second.SendAsync("/nick nora");
        await second.HearAsync(static line => line is "* You are nora now.");
    }

    [Theory]
    [InlineData("<b>ann</b>"), InlineData("<img/src=x>"), InlineData("ann:"), InlineData("*ann"), InlineData("7ann"), InlineData("you"), InlineData("guest-a-1")]
    [InlineData("abcdefghijklmnopqrstuvwxy")]
    public async Task A_name_is_letters_and_digits_and_little_else(string name)
    {
        await using var user = await ChatPeer.EnterAsync(shared);
        await user.SendAsync($"/nick {name}");
        await user.HearAsync("* A name is 1 to 24 letters, digits, dots, hyphens and underscores, a letter first, and not that of a guest: /nick NAME.");
    }

    [Fact]
    public async Task What_is_said_to_one_is_heard_by_that_one()
    {
        await using var ann = await ChatPeer.EnterAsync(shared, "priv.ann");
        await using var bob = await ChatPeer.EnterAsync(shared, "priv.bob", Way.WebSocket);
        await using var eve = await ChatPeer.EnterAsync(shared, "priv.eve");
        await bob.SendAsync("/join elsewhere");
        await bob.HearAsync(static line => line.StartsWith("* You are in elsewhere.", StringComparison.Ordinal));

        await ann.SendAsync("/msg PRIV.bob between  you and me");
        await ann.HearAsync("you -> PRIV.bob: between  you and me");
        await bob.HearAsync("priv.ann -> you: between  you and me");
        await ann.SendAsync("/msg nobody.here hello");
        await ann.HearAsync("* There is nobody of that name here: nobody.here");

        await ann.SendAsync("for all");
        await eve.HearAsync("priv.ann: for all");
        Assert.DoesNotContain(eve.Heard, static line => line.Contains("between", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Whoever_joins_hears_the_last_fifty_lines_of_the_room_and_nothing_of_others()
    {
        await using var host = await SampleHost.StartAsync("--Chat:LinesPerSecond", "1000", "--Chat:Burst", "1000");
        await using var ann = await ChatPeer.EnterAsync(host, "hist.ann");
        await ann.SendAsync("not of that room");
        await ann.SendAsync("/join history");
        for (var i = 1; i <= 60; i++)
        {
            await ann.SendAsync($"line {i}");
            await ann.HearAsync($"hist.ann: line {i}");
        }

        await using var bob = await ChatPeer.EnterAsync(host, way: Way.Unix);
        await bob.SendAsync("/join HISTORY");
        await bob.HearAsync("* You are in HISTORY. /who tells who else is; 50 earlier lines:");
        for (var i = 11; i <= 60; i++)
            Assert.Equal($"hist.ann: line {i}", await bob.NextAsync());
    }

    [Fact]
    public async Task Users_see_who_comes_and_goes()
    {
        await using var ann = await ChatPeer.EnterAsync(shared, "come.ann");
        await ann.SendAsync("/join doors");
        await ann.HearAsync(static line => line.StartsWith("* You are in doors.", StringComparison.Ordinal));
        await using var bob = await ChatPeer.EnterAsync(shared, "come.bob");
        await bob.SendAsync("/join doors");
        await ann.HearAsync("* come.bob is here");
        await bob.SendAsync("/nick come.rob");
        await ann.HearAsync("* come.bob is come.rob now");
        await bob.SendAsync("/join lobby");
        await ann.HearAsync("* come.rob has left for lobby");
        await bob.SendAsync("/join doors");
        await ann.HearAsync("* come.rob is here");
        await bob.DisposeAsync();
        await ann.HearAsync("* come.rob has left");
    }

    [Fact]
    public async Task Commands_that_are_none_are_answered_and_a_slash_can_be_said()
    {
        await using var ann = await ChatPeer.EnterAsync(shared, "cmd.ann");
        foreach (var command in new[] { "/dance", "/" })
        {
            await ann.SendAsync(command);
            await ann.HearAsync(static line => line.StartsWith("* There is no such command here. /nick NAME", StringComparison.Ordinal));
        }

        await ann.SendAsync("/join no/room");
        await ann.HearAsync(static line => line.StartsWith("* A room has a name of", StringComparison.Ordinal));
        await ann.SendAsync("/help");
        await ann.HearAsync(static line => line.StartsWith("* /nick NAME, /join ROOM", StringComparison.Ordinal));
        await ann.SendAsync("//who is there\r");
        await ann.HearAsync("cmd.ann: /who is there");
    }

    [Fact]
    public async Task A_command_that_was_written_wrongly_is_answered_with_how_it_is_written()
    {
        await using var ann = await ChatPeer.EnterAsync(shared, "usage.ann");
        foreach (var (typed, usage) in new[]
        {
            ("/nick", "/nick NAME"), ("/nick two words", "/nick NAME"), ("/join", "/join ROOM"), ("/join two rooms", "/join ROOM"),
            ("/msg", "/msg NAME TEXT"), ("/msg bob", "/msg NAME TEXT"), ("/who else", "/who"), ("/help me", "/help"), ("/quit now", "/quit"),
        })
        {
            await ann.SendAsync(typed);
            await ann.HearAsync($"* Usage: {usage}");
        }
    }

    [Theory, InlineData(Way.Tcp), InlineData(Way.Unix)]
    public async Task A_user_that_has_sent_its_last_line_hears_all_the_answers(Way way)
    {
        await using var piped = await ChatPeer.ConnectAsync(shared, way);
        await piped.SendAsync($"/nick piped.{way}\n/join pipes.{way}\nhello\n/who");
        piped.SendEnd();
        Assert.Equal("* Goodbye.", await piped.LastAsync());
        Assert.Equal([$"piped.{way}: hello", $"* 1 in pipes.{way}: piped.{way}", "* Goodbye."], piped.Heard.TakeLast(3));
    }
}
