using System.Text;

namespace Kestrel.Streams.Samples.RespServer;

/// <summary>A refusal, in the words of Redis. The first one is its kind.</summary>
internal sealed class RespException(string message) : Exception(message)
{
    public static RespException Syntax => new("ERR syntax error");

    public static RespException NotAnInteger => new("ERR value is not an integer or out of range");

    public static RespException Overflow => new("ERR increment or decrement would overflow");

    public static RespException WrongType => new("WRONGTYPE Operation against a key holding the wrong kind of value");

    public static RespException WrongName => new("ERR Client names cannot contain spaces, newlines or special characters.");

    public static RespException WrongExpiry(string command) => new($"ERR invalid expire time in '{command}' command");

    public static RespException Unsupported(string option) => new($"ERR Unsupported option {option}");

    public static RespException WrongNumber(string command) => new($"ERR wrong number of arguments for '{command}' command");

    public static RespException OnlyListens(string command) =>
        new($"ERR Can't execute '{command}': only (P|S)SUBSCRIBE / (P|S)UNSUBSCRIBE / PING / QUIT / RESET are allowed in this context");

    public static RespException UnknownSubcommand(RespReader words) =>
        new($"ERR unknown subcommand '{words.Text(1)}'. Try {words.Text(0).ToUpperInvariant()} HELP.");

    public static RespException UnknownCommand(RespReader words)
    {
        var message = new StringBuilder($"ERR unknown command '{words.Text(0)}', with args beginning with: ");
        var start = message.Length;
        for (var i = 1; i < words.Count && message.Length - start < RespReader.MostQuoted; i++)
            message.Append($"'{words.Text(i, RespReader.MostQuoted - (message.Length - start))}' ");
        return new RespException(message.ToString());
    }

    /// <summary>What comes is not the protocol: where the next command begins nobody can tell.</summary>
    public static RespException Protocol(string reason) => new($"ERR Protocol error: {reason}");
}
