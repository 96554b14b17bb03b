using System.Net;

namespace Kestrel.Streams.Tests;

/// <summary>Connections that stay, each of which says a line when its turn comes.</summary>
internal sealed class Crowd
{
    private readonly NumberedTalk[] _talks;
    private readonly Task[] _hearing;
    private long _next;

    private Crowd(NumberedTalk[] talks) => (_talks, _hearing) = (talks, [.. talks.Select(static talk => talk.HearAllAsync())]);

    public static async Task<Crowd> ConnectAsync(EndPoint server, int count, LoadFigures figures)
    {
        var talks = new NumberedTalk[count];
        await Parallel.ForAsync(0, count, new ParallelOptions { MaxDegreeOfParallelism = 64 }, async (number, _) =>
            talks[number] = await NumberedTalk.ConnectAsync(server, number, figures));
        return new Crowd(talks);
    }

    public IReadOnlyList<NumberedTalk> Talks => _talks;

    /// <summary>The next one says a line.</summary>
    public void SayNext() => _talks[_next++ % _talks.Length].Say();

    /// <summary>Ends their output, waits until all that they have said has come back and the server has closed, and closes.</summary>
    public Task FinishAsync() => Task.WhenAll(_talks.Zip(_hearing, static (talk, hearing) => talk.FinishAsync(hearing)));

    /// <summary>Waits until the server has ended all of them.</summary>
    public Task EndedAsync() => Task.WhenAll(_hearing);
}
