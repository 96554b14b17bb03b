using System.Net.Sockets;

namespace Kestrel.Streams.Tests;

/// <summary>
/// The contract of <see cref="ConnectionStream"/>, the same for every transport and side. A transport is tested by a short subclass that
/// connects a pair and says what its transport cannot do.
/// </summary>
public abstract partial class StreamConformance
{
    /// <summary>Whether the output of the stream can end alone.</summary>
    protected virtual bool CanHalfClose => true;

    /// <summary>Whether the stream can tell a peer that broke the connection from one that ended it.</summary>
    protected virtual bool SeesReset => true;

    /// <summary>Whether the peer can tell an abort from an end.</summary>
    protected virtual bool ShowsAbort => true;

    /// <summary>Whether the last answer reaches the peer whole although input is unread at the close.</summary>
    protected virtual bool Lingers => true;

    /// <summary>Whether writing still works after the end of the peer.</summary>
    protected virtual bool OutlivesTheEndOfThePeer => true;

    /// <summary>Whether the stream can be given more options than the limit.</summary>
    protected virtual bool TakesAllOptions => true;

    /// <summary>Whether there is a TLS session.</summary>
    protected virtual bool IsSecure => false;

    protected abstract Task<Pair> ConnectAsync(ConnectionStreamOptions? options = null);

    private Task<Pair> ConnectAsync(int limit) => ConnectAsync(new ConnectionStreamOptions { Limit = limit });

    private void NeedsHalfClose() => Assert.SkipUnless(CanHalfClose, "The output of this transport cannot end alone.");

    private void NeedsReset() => Assert.SkipUnless(SeesReset, "This transport shows an end where there was a reset.");

    private void NeedsAllOptions() => Assert.SkipUnless(TakesAllOptions, "Only the limit can be set here.");

    private static void AssertBroken(IOException broken) =>
        Assert.True(
            broken.InnerException is SocketException,
            $"The SocketException was expected inside of {broken.GetType()}: {broken.Message}, but there was {broken.InnerException?.GetType()}.");

    /// <summary>The names of what a member did instead, for one whole list at the end of the test.</summary>
    private static async Task<string?> WhyNotAsync<TException>(string member, Func<Task> call)
        where TException : Exception
    {
        Exception? thrown = await Record.ExceptionAsync(() => call().Within(what: member));
        return thrown is TException ? null : $"{member}: {thrown?.ToString() ?? "nothing thrown"}";
    }

    private static void AssertNone(IEnumerable<string?> complaints) =>
        Assert.Equal("", string.Join(Environment.NewLine, complaints.Where(complaint => complaint is not null)));
}
