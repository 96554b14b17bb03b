using System.Security.Authentication;

namespace Kestrel.Streams.Tests;

/// <summary>How a call may end.</summary>
internal static class Outcome
{
    /// <summary>Waits for the end of the call, which must be one that the contract has for that cause.</summary>
    /// <returns>What it threw, or null.</returns>
    public static async Task<Exception?> OfAsync(Task call, string name, Cause cause, CancellationToken token)
    {
        var error = await ErrorOfAsync(call, name);
        var allowed = (error, cause) switch
        {
            (null, _) => true,
            (ObjectDisposedException, Cause.OwnClose or Cause.OwnAbort) => true,
            (OperationCanceledException cancelled, Cause.Cancel) => cancelled.CancellationToken == token,
            (InvalidOperationException and not ObjectDisposedException, Cause.SecondCall) => true,
            // A handshake that fails closes the stream.
            (ObjectDisposedException, Cause.SecondCall) => true,
            (IncompleteReadException, Cause.PeerEnd) => true,
            (IOException, Cause.PeerReset) => true,
            _ => false,
        };
        Assert.True(allowed, $"{name} threw for {cause}: {error}");
        return error;
    }

    /// <summary>Waits for what came in between: it must end too, and only a handshake may fail.</summary>
    public static async Task OfInterruptionAsync(Task interruption, string name, Cause cause)
    {
        var error = await ErrorOfAsync(interruption, name);
        var allowed = error is null ||
            (cause == Cause.SecondCall && error is InvalidOperationException or IOException or AuthenticationException) ||
            (cause == Cause.PeerEnd && error is IOException);
        Assert.True(allowed, $"{name} threw: {error}");
    }

    /// <summary>What it threw, or null; that it does not end is a failure of its own.</summary>
    public static async Task<Exception?> ErrorOfAsync(Task call, string name)
    {
        try
        {
            await Task.WhenAny(call).Within(what: name);
            await call;
            return null;
        }
        catch (TimeoutException late) when (!call.IsCompleted)
        {
            throw new TimeoutException($"It does not end: {name}", late);
        }
        catch (Exception e)
        {
            return e;
        }
    }
}
