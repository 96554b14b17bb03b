using Kestrel.Streams.Samples.WebHost.Chat;
using Kestrel.Streams.Samples.WebHost.Chat.RabbitMq;

namespace Kestrel.Streams.Tests;

public sealed class LogReaderTests
{
    private readonly ManualTime _time = new();
    private readonly PaperLog _log;
    private readonly PaperNode _first;

    public LogReaderTests()
    {
        _log = new PaperLog(_time);
        _first = _log.Add("web1");
    }

    [Fact]
    public async Task A_node_that_comes_has_what_was_said_before_as_history_and_is_told_what_follows()
    {
        await _first.ConnectAsync();
        await _first.SayAsync("before");
        var second = _log.Add("web2");
        Assert.NotNull(second.Reader.Trouble);

        await second.ConnectAsync();
        await _first.SayAsync("after", 2);
        await _log.SettleAsync();

        Assert.Null(second.Reader.Trouble);
        Assert.Equal(["before", "after"], second.Reader.History("tea").Select(static line => line.Text));
        Assert.Equal(["users of web2:", "no trouble", "users of web1:", "said after"], second.Told);
    }

    [Fact]
    public async Task Users_of_a_node_without_a_broker_are_told_their_own_lines_when_it_comes()
    {
        await _first.SayAsync("hello?");

        await _first.ConnectAsync();

        Assert.Equal(["said hello?", "users of web1:", "no trouble"], _first.Told);
    }

    [Fact]
    public async Task What_is_written_twice_is_told_once()
    {
        await _first.ConnectAsync();
        await _first.SayAsync("a");
        await _first.SayAsync("b", 2);
        await _log.SettleAsync();
        var told = _first.Told.Count;

        _log.Repeat(2);
        await _log.SettleAsync();

        Assert.Equal(told, _first.Told.Count);
        Assert.Equal(["a", "b"], _first.Reader.History("tea").Select(static line => line.Text));
    }

    [Fact]
    public async Task A_node_that_was_cut_off_is_told_all_that_it_has_missed()
    {
        var second = await SecondAsync();
        second.Disconnect();
        await _first.SayAsync("meanwhile");
        await _log.SettleAsync();
        second.Told.Clear();

        await second.ConnectAsync();

        Assert.Equal(["said meanwhile", "users of web2:", "no trouble"], second.Told);
    }

    [Fact]
    public async Task A_log_that_is_read_from_its_beginning_again_tells_nothing_twice_of_whatever_run()
    {
        var before = await SecondAsync();
        before.Users.Add(new ChatUser("web2", "1", "Zoe", "tea"));
        before.Disconnect();
        await before.ConnectAsync();
        await before.SayAsync("of the first run");
        await _log.SettleAsync();
        before.Disconnect();
        var again = _log.Add("web2", run: "another");
        await again.ConnectAsync();
        await again.SayAsync("of the second run");
        await _log.SettleAsync();
        _first.Disconnect();
        _first.Told.Clear();

        _first.Rewind();
        await _first.ConnectAsync();

        Assert.Equal(["users of web1:", "no trouble"], _first.Told);
        Assert.Equal(["of the first run", "of the second run"], _first.Reader.History("tea").Select(static line => line.Text));
    }

    [Fact]
    public async Task A_name_belongs_to_whom_the_log_has_first()
    {
        var second = await SecondAsync();
        var claims = new[] { _first.Reader.ClaimAsync("Ada", default).AsTask(), second.Reader.ClaimAsync("ADA", default).AsTask() };
        await _log.SettleAsync();
        Assert.Equal([NameClaim.Granted, NameClaim.Taken], await Task.WhenAll(claims).Within());

        await _first.Outbox.OfferAsync(static mark => new NameReleased(mark, "ada"), default);
        await _log.SettleAsync();
        Assert.Equal(NameClaim.Granted, await ClaimAsync(second, "Ada"));
    }

    [Fact]
    public async Task A_claim_that_nobody_waits_for_any_more_is_given_back()
    {
        var second = await SecondAsync();
        using var gone = new CancellationTokenSource();
        var claim = _first.Reader.ClaimAsync("Ada", gone.Token).AsTask();
        await gone.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => claim.Within());
        await _log.SettleAsync();

        Assert.Equal(NameClaim.Granted, await ClaimAsync(second, "Ada"));
    }

    [Fact]
    public async Task Without_the_broker_nobody_can_tell_whose_a_name_is()
    {
        await _first.ConnectAsync();
        var open = _first.Reader.ClaimAsync("Ada", default).AsTask();
        _first.Disconnect();

        Assert.Equal(NameClaim.Unknown, await open.Within());
        Assert.Equal(NameClaim.Unknown, await _first.Reader.ClaimAsync("Bob", default).AsTask().Within());

        // It was sent all the same, and is given back.
        await _first.ConnectAsync();
        Assert.Equal(NameClaim.Granted, await ClaimAsync(await SecondAsync(), "Ada"));
    }

    [Fact]
    public async Task A_silent_node_is_lost_for_all_with_its_names_and_has_them_again_when_it_comes_back()
    {
        var second = await SecondAsync();
        await ClaimAsync(second, "Zoe");
        await ClaimAsync(second, "Bob");
        second.Users.AddRange([new ChatUser("web2", "1", "Zoe", "tea"), new ChatUser("web2", "2", "Bob", "tea")]);
        second.Disconnect();

        _time.Advance(TimeSpan.FromSeconds(10));
        _first.Reader.Watch();
        await _log.SettleAsync();
        Assert.DoesNotContain("lost web2", _first.Told);
        _time.Advance(TimeSpan.FromSeconds(1));
        _first.Reader.Watch();
        await _log.SettleAsync();
        Assert.Contains("lost web2", _first.Told);
        Assert.Equal(NameClaim.Granted, await ClaimAsync(_first, "Zoe"));

        await second.ConnectAsync();
        Assert.Contains("users of web2: Zoe Bob", _first.Told);
        Assert.Contains("lost the name Zoe", second.Told);
        Assert.Equal(NameClaim.Taken, await ClaimAsync(_first, "Bob"));
    }

    [Fact]
    public async Task A_node_that_gives_a_sign_of_life_is_not_lost()
    {
        await SecondAsync();
        _time.Advance(TimeSpan.FromSeconds(8));
        _first.Reader.Hear("web2");
        _time.Advance(TimeSpan.FromSeconds(8));

        _first.Reader.Watch();
        await _log.SettleAsync();

        Assert.DoesNotContain("lost web2", _first.Told);
    }

    [Fact]
    public async Task A_node_that_was_started_again_has_the_names_of_its_users_and_no_others()
    {
        var second = await SecondAsync();
        await ClaimAsync(second, "Zoe");
        second.Disconnect();

        _first.Told.Clear();
        await _log.Add("web2", run: "another").ConnectAsync();

        Assert.Contains("users of web2:", _first.Told);
        Assert.Equal(NameClaim.Granted, await ClaimAsync(_first, "Zoe"));
    }

    private async Task<PaperNode> SecondAsync()
    {
        if (!_first.IsConnected) await _first.ConnectAsync();
        var second = _log.Add("web2");
        await second.ConnectAsync();
        return second;
    }

    private async Task<NameClaim> ClaimAsync(PaperNode node, string name)
    {
        var claim = node.Reader.ClaimAsync(name, default).AsTask();
        await _log.SettleAsync();
        return await claim.Within();
    }
}
