namespace Kestrel.Streams;

/// <content>What happens to a stream that nobody has closed and nobody can reach any more.</content>
public sealed partial class ConnectionStream
{
    /// <summary>
    /// Reports a stream that was never closed, once, on standard error, and aborts its connection. A closed stream never gets here.
    /// asyncio: "An open stream object is being garbage collected".
    /// </summary>
    // The work is not done on the finalizer's thread: an abort may run into code of others, which may wait.
#pragma warning disable MA0055 // there is no other way to see that nobody holds the stream any more
    ~ConnectionStream() => ThreadPool.UnsafeQueueUserWorkItem(static stream => stream.OnCollected(), this, preferLocal: false);
#pragma warning restore MA0055

    private void OnCollected()
    {
        // A constructor that has failed leaves half a stream.
        if (Input is null || !TryBeginClose(out var closing)) return;
        try
        {
            if (!_gone) Report();
            _aborted = true;
            Output.Abort();
            // The input is left as it is: somebody may still look at memory that a read has lent.
            Transport.Abort(reason: null);
            _ = ReleaseAsync();
        }
        catch (Exception)
        {
            // Nobody is there to be told, and the process must not end for it.
        }
        finally
        {
            closing.TrySetResult();
        }
    }

    private void Report()
    {
        var peer = PrintableText.Of(RemoteEndPoint) is { Length: > 0 } address ? address : "an unnamed peer";
        Console.Error.WriteLine(
            $"Connection {Id} with {peer} was never closed and its stream has been garbage collected: it is aborted now; close every stream, by CloseAsync or await using.");
    }
}
