using System.Net;

namespace Kestrel.Streams.Tests;

/// <summary>
/// Places for connections that come and go. When its turn comes the connection of a place leaves, and another one comes, says a line and hears it. Most
/// close; one of eight aborts.
/// </summary>
internal sealed class Churn(EndPoint server, int places, long firstNumber, LoadFigures figures)
{
    private readonly NumberedTalk?[] _talks = new NumberedTalk?[places];
    private readonly Task[] _turns = [.. Enumerable.Repeat(Task.CompletedTask, places)];
    private long _next;
    private long _came;

    /// <summary>How many have come.</summary>
    public long Came => Interlocked.Read(ref _came);

    /// <summary>The next place has its turn, unless its last one is not over.</summary>
    public void TurnNext()
    {
        var turn = _next++;
        var place = turn % places;
        if (_turns[place].IsCompleted)
            _turns[place] = TurnAsync(place, firstNumber + turn);
    }

    /// <summary>Waits for the turns that are under way; then all leave.</summary>
    public async Task FinishAsync()
    {
        await Task.WhenAll(_turns);
        await Task.WhenAll(_talks.Select(static talk => talk?.LeaveAsync() ?? Task.CompletedTask));
    }

    private async Task TurnAsync(long place, long number)
    {
        try
        {
            if (_talks[place] is { } before)
                await before.LeaveAsync(abort: number % 8 == 0);
            var talk = _talks[place] = await NumberedTalk.ConnectAsync(server, number, figures);
            Interlocked.Increment(ref _came);
            talk.Say();
            await talk.HearAsync();
            talk.MustHaveHeardAll();
        }
        catch (Exception error)
        {
            figures.Fault($"Connection {number} did not come or go: {error.Message}.");
        }
    }
}
