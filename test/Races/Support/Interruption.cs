namespace Kestrel.Streams.Tests;

/// <summary>What comes in between a call on a stream and its end, from another thread.</summary>
/// <param name="Begin">Begins it: on the stream, by its peer, or with the source of the call's token.</param>
/// <param name="Cause">Whose doing it is: what the call may throw for it.</param>
internal sealed record Interruption(Func<ConnectionStream, ConnectionStream, CancellationTokenSource, Task> Begin, Cause Cause)
{
    public static readonly Dictionary<string, Interruption> All = new()
    {
        ["CloseAsync"] = new((stream, _, _) => stream.CloseAsync().AsTask(), Cause.OwnClose),
        ["DisposeAsync"] = new((stream, _, _) => stream.DisposeAsync().AsTask(), Cause.OwnClose),
        ["Dispose"] = new((stream, _, _) => Run(stream.Dispose), Cause.OwnClose),
        ["Abort"] = new((stream, _, _) => Run(() => stream.Abort()), Cause.OwnAbort),
        ["AbortAsync"] = new((stream, _, _) => stream.AbortAsync(), Cause.OwnAbort),
        ["CloseAsync and AbortAsync"] = new((stream, _, _) => Task.WhenAll(Task.Run(() => stream.AbortAsync()), stream.CloseAsync().AsTask()), Cause.OwnAbort),
        ["cancel"] = new((_, _, source) => Run(source.Cancel), Cause.Cancel),
        ["StartTlsAsync"] = new((stream, _, _) => stream.StartTlsAsync(Wire.ServerTls).AsTask(), Cause.SecondCall),
        ["the peer closes"] = new((_, peer, _) => peer.CloseAsync().AsTask(), Cause.PeerEnd),
        ["the peer ends its output"] = new((_, peer, _) => peer.WriteEofAsync().AsTask(), Cause.PeerEnd),
        ["the peer aborts"] = new((_, peer, _) => peer.AbortAsync(), Cause.PeerReset),
    };

    private static readonly string[] _halfClose = ["the peer ends its output"];

    /// <summary>Every kind of connection with everything that can come in between there.</summary>
    public static TheoryData<string, string> OnEveryWire(bool reading)
    {
        var all = new TheoryData<string, string>();
        foreach (var kind in Wire.Kinds.Select(static row => row.Data))
        {
            using var wire = Wire.Of(kind);
            foreach (var name in All.Keys)
            {
                // A pipe has one way only, and so no handshake; a session has no second one.
                if (name == "StartTlsAsync" && kind is "pipe" or "TLS") continue;
                if (_halfClose.Contains(name) && (!wire.CanHalfClose || !reading)) continue;
                all.Add(kind, name);
            }
        }

        return all;
    }

    private static Task Run(Action call)
    {
        call();
        return Task.CompletedTask;
    }
}
