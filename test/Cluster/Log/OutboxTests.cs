using Kestrel.Streams.Samples.WebHost.Chat.RabbitMq;

namespace Kestrel.Streams.Tests;

public sealed class OutboxTests
{
    private readonly Outbox _outbox = new("web1", "run", capacity: 3);

    [Fact]
    public async Task Entries_come_out_in_order_with_numbers_of_their_run()
    {
        await PutAsync("a", "b");

        Assert.Equal("web1 run 1 a", await NextAsync());
        Assert.Equal("web1 run 2 b", await NextAsync());
    }

    [Fact]
    public async Task What_is_not_confirmed_is_sent_again_with_the_mark_it_had_and_before_what_is_new()
    {
        await PutAsync("a", "b", "c");
        _outbox.Begin();
        await NextAsync();
        await NextAsync();
        _outbox.Confirm(1, andAllBefore: false);

        _outbox.CutOff();
        _outbox.Begin();
        await PutAsync("d");

        Assert.Equal("web1 run 2 b", await NextAsync());
        Assert.Equal("web1 run 3 c", await NextAsync());
        Assert.Equal("web1 run 4 d", await NextAsync());
    }

    [Theory, InlineData(true), InlineData(false)]
    public async Task Confirmed_entries_are_gone_in_whatever_order_they_are_confirmed(bool together)
    {
        await PutAsync("a", "b", "c");
        _outbox.Begin();
        for (var i = 0; i < 3; i++) await NextAsync();
        if (together)
        {
            _outbox.Confirm(2, andAllBefore: true);
        }
        else
        {
            _outbox.Confirm(2, andAllBefore: false);
            _outbox.Confirm(1, andAllBefore: false);
        }

        _outbox.Begin();

        Assert.Equal("web1 run 3 c", await NextAsync());
    }

    [Fact]
    public async Task Full_it_refuses_while_the_broker_is_away()
    {
        await PutAsync("a", "b", "c");

        Assert.False(await OfferAsync("d").AsTask().Within());

        _outbox.Begin();
        await NextAsync();
        _outbox.Confirm(1, andAllBefore: true);
        _outbox.CutOff();
        Assert.True(await OfferAsync("e").AsTask().Within());
    }

    [Fact]
    public async Task Full_it_lets_wait_while_the_broker_is_there()
    {
        _outbox.Begin();
        await PutAsync("a", "b", "c");
        var confirmed = OfferAsync("d").AsTask();
        Assert.False(confirmed.IsCompleted);
        await NextAsync();
        _outbox.Confirm(1, andAllBefore: true);
        Assert.True(await confirmed.Within());

        var cutOff = OfferAsync("e").AsTask();
        Assert.False(cutOff.IsCompleted);
        _outbox.CutOff();
        Assert.False(await cutOff.Within());

        _outbox.Begin();
        using var gone = new CancellationTokenSource();
        var waiting = _outbox.OfferAsync(static mark => new NameReleased(mark, "f"), gone.Token).AsTask();
        await gone.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => waiting.Within());
    }

    [Fact]
    public async Task It_is_flushed_when_all_is_confirmed_and_not_waited_for_without_a_broker()
    {
        await PutAsync("a");
        await _outbox.FlushAsync(CancellationToken.None).Within();
        _outbox.Begin();
        var flushed = _outbox.FlushAsync(CancellationToken.None);
        await NextAsync();
        Assert.False(flushed.IsCompleted);
        _outbox.Confirm(1, andAllBefore: false);
        await flushed.Within();
    }

    private ValueTask<bool> OfferAsync(string name) => _outbox.OfferAsync(mark => new NameReleased(mark, name), CancellationToken.None);

    private async Task PutAsync(params IEnumerable<string> names)
    {
        foreach (var name in names) Assert.True(await OfferAsync(name).AsTask().Within());
    }

    private async Task<string> NextAsync()
    {
        var entry = Assert.IsType<NameReleased>(LogEntry.Parse(await _outbox.NextAsync(CancellationToken.None).AsTask().Within()));
        return $"{entry.Mark.Node} {entry.Mark.Run} {entry.Mark.Number} {entry.Name}";
    }
}
