using System.Net.Sockets;

namespace Kestrel.Streams.Samples.WebHost;

/// <summary>What keeps the host from starting and a user can put right: told in one line instead of a stack trace.</summary>
internal sealed class StartupTrouble(string message, Exception? cause = null) : Exception(message, cause)
{
    /// <summary>Awaits a start. When it cannot listen, says where and how to choose another place.</summary>
    public static async Task ExplainAsync(Task start, string where, string remedy)
    {
        try
        {
            await start;
        }
        catch (Exception failure) when (failure is IOException or SocketException)
        {
            var reason = IsAddressInUse(failure)
                ? "is taken. Free it, or choose"
                : $"cannot be used: {failure.GetBaseException().Message.ReplaceLineEndings(" ").TrimEnd('.')}. Choose";
            throw new StartupTrouble($"{where} {reason} another {remedy}.", failure);
        }
    }

    private static bool IsAddressInUse(Exception? failure) =>
        failure is not null &&
        (failure is SocketException { SocketErrorCode: SocketError.AddressAlreadyInUse } || IsAddressInUse(failure.InnerException));
}
