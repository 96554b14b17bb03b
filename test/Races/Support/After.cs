namespace Kestrel.Streams.Tests;

/// <summary>What must hold of a stream when a race is over.</summary>
internal static class After
{
    /// <summary>It is closed: nothing can be read or written, and everything that waits for that has ended.</summary>
    /// <param name="closed">Its <see cref="ConnectionStream.Closed"/>, or none.</param>
    public static async Task IsClosedAsync(ConnectionStream stream, string race, CancellationToken closed)
    {
        Assert.True(stream.IsClosing, race);
        await stream.WaitClosedAsync().Within(what: race);
        if (closed.CanBeCanceled) await Eventually.FiredAsync(closed).Within(what: $"Closed: {race}");
        if (stream.CanReadAtAll) await Assert.ThrowsAsync<ObjectDisposedException>(() => stream.ReadAsync(1).Within());
        if (stream.CanWriteAtAll) await Assert.ThrowsAsync<ObjectDisposedException>(() => stream.WriteAsync("x"u8.ToArray()).Within());
        await stream.CloseAsync().Within(what: race);
    }

    /// <summary>The peer has broken the connection, which shows where the transport can show it.</summary>
    public static async Task IsResetAsync(ConnectionStream stream, bool shows, string race, CancellationToken closed)
    {
        var error = await Outcome.ErrorOfAsync(stream.ReadToEndAsync().AsTask(), race);
        Assert.True(shows ? error is IOException and not EndOfStreamException : error is null or IOException, $"{race}: then a read to the end gave {error?.ToString() ?? "an end"}.");
        if (closed.CanBeCanceled && shows) await Eventually.FiredAsync(closed).Within(what: $"Closed: {race}");
    }

    /// <summary>What a read has not taken is still there, and nothing else.</summary>
    /// <param name="from">How much was taken before; null where that is not known.</param>
    /// <param name="sent">How much was sent, once that is known.</param>
    public static async Task HasTheRestAsync(ConnectionStream stream, int? from, Func<Task<(int Least, int Most)>> sent, string race)
    {
        var reading = stream.ReadToEndAsync().AsTask();
        var (least, most) = await sent();
        var rest = await reading.Within(what: race);
        var start = from ?? (Content.Has(least - rest.Length, rest) ? least : most) - rest.Length;
        Content.IsAt(start, rest, race);
        Assert.True(start + rest.Length == least || start + rest.Length == most, $"{race}: {least} or {most} bytes were sent, {start} taken, {rest.Length} left.");
        Assert.True(stream.AtEof, race);
    }

    /// <summary>All blocks have come back, but for one that was lent when its stream was closed: that goes to the garbage collector.</summary>
    public static async Task BlocksAreBackAsync(byte[]? lent, string race)
    {
        var pool = WatchedPool.Instance;
        await Eventually.IsTrueAsync(() => pool.Out == 0 || (lent is not null && pool.Out == 1 && pool.IsOut(lent)), $"all blocks are back after {race}");
        if (lent is not null) pool.GiveUp(lent);
    }
}
