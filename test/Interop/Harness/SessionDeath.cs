namespace Kestrel.Streams.Tests;

/// <summary>A peer that is killed in the middle of a TLS session, while our stream waits for its next line.</summary>
internal sealed class SessionDeath
{
    private readonly TaskCompletionSource _waiting = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Our end: an error, and no end.</summary>
    public async Task SeeAsync(ConnectionStream stream)
    {
        await Behaviour.EchoOneLineAsync(stream);
        var read = stream.ReadLineAsync().Within();
        _waiting.SetResult();
        await Assert.ThrowsAnyAsync<IOException>(() => read);
        await Behaviour.FindConnectionCutAsync(stream);
    }

    public async Task DieAsync(Peer peer)
    {
        await peer.SendAsync("last words\n"u8.ToArray());
        Assert.Equal("last words", await peer.ReadLineAsync());
        await _waiting.Task.Within();
        peer.Kill();
        await peer.EndAsync();
    }
}
