namespace Kestrel.Streams.Testing;

/// <summary>
/// The conversation went another way than the script of a <see cref="ScriptedPeer"/> says. The message tells what was expected, what came,
/// each byte to be seen, and the conversation before it.
/// </summary>
public sealed class ScriptedPeerException : Exception
{
    /// <summary>Makes the exception.</summary>
    /// <param name="message">What was expected, and what came.</param>
    /// <param name="innerException">
    /// What broke the connection: where a <see cref="StreamHandlerHost{THandler}"/> has the other end, what its handler failed with; null
    /// when it is not broken.
    /// </param>
    public ScriptedPeerException(string message, Exception? innerException = null)
        : base(message, innerException)
    {
    }
}
