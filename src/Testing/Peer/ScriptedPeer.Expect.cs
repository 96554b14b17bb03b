using System.Runtime.CompilerServices;
using System.Text;

namespace Kestrel.Streams.Testing;

/// <content>What is to come.</content>
public sealed partial class ScriptedPeer
{
    private const string NothingMore = "nothing more came";
    private const string TheEnd = "the end came";

    /// <summary>Expects a line.</summary>
    /// <param name="line">The line without its end, which may be <c>\n</c> or <c>\r\n</c>: to tell them apart, expect the bytes.</param>
    /// <param name="cancellationToken">Gives up waiting.</param>
    /// <returns>The end of the wait: the line has come.</returns>
    /// <exception cref="ScriptedPeerException">Another line came, or none before the end, a break of the connection or <see cref="Timeout"/>.</exception>
    public Task ExpectLineAsync(string line, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(line);
        return ExpectLineAsync(came => came == line, $"the line {EscapedBytes.Of(Encoding.UTF8.GetBytes(line))}", cancellationToken);
    }

    /// <summary>Expects a line of which not everything is known.</summary>
    /// <param name="wanted">Says whether a line, without its end, is a good one.</param>
    /// <param name="cancellationToken">Gives up waiting.</param>
    /// <param name="condition">The condition in words, for the message; the compiler fills it in.</param>
    /// <returns>The line.</returns>
    /// <exception cref="ScriptedPeerException">Another line came, or none before the end, a break of the connection or <see cref="Timeout"/>.</exception>
    public Task<string> ExpectLineAsync(
        Func<string, bool> wanted, CancellationToken cancellationToken = default, [CallerArgumentExpression(nameof(wanted))] string condition = "")
    {
        ArgumentNullException.ThrowIfNull(wanted);
        return ExpectLineAsync(wanted, $"a line with {condition}", cancellationToken);
    }

    /// <summary>Reads whatever line comes.</summary>
    /// <param name="cancellationToken">Gives up waiting.</param>
    /// <returns>The line without its end.</returns>
    /// <exception cref="ScriptedPeerException">No line came before the end, a break of the connection or <see cref="Timeout"/>.</exception>
    public Task<string> ReadLineAsync(CancellationToken cancellationToken = default) => ExpectLineAsync(static _ => true, "a line", cancellationToken);

    /// <summary>Expects text, byte for byte.</summary>
    /// <param name="text">The text, with its line ends.</param>
    /// <param name="cancellationToken">Gives up waiting.</param>
    /// <returns>The end of the wait: the text has come.</returns>
    /// <exception cref="ScriptedPeerException">Something else came: told at the first byte that differs. Or the end, a break of the connection or <see cref="Timeout"/> before all was there.</exception>
    public Task ExpectAsync(string text, CancellationToken cancellationToken = default) => ExpectAsync(Encoding.UTF8.GetBytes(text), cancellationToken);

    /// <summary>Expects bytes.</summary>
    /// <param name="data">The bytes.</param>
    /// <param name="cancellationToken">Gives up waiting.</param>
    /// <returns>The end of the wait: the bytes have come.</returns>
    /// <exception cref="ScriptedPeerException">Something else came: told at the first byte that differs. Or the end, a break of the connection or <see cref="Timeout"/> before all was there.</exception>
    public async Task ExpectAsync(ReadOnlyMemory<byte> data, CancellationToken cancellationToken = default)
    {
        var what = $"Expected {EscapedBytes.Of(data.Span)}";
        var came = new byte[data.Length];
        for (var have = 0; have < came.Length;)
        {
            var count = await WithinAsync(
                token => Stream.ReadAsync(came.AsMemory(have), token), what, NothingMore, came.AsMemory(0, have), cancellationToken).ConfigureAwait(false);
            if (count == 0) throw Failure(what, TheEnd, came[..have]);
            have += count;
            var same = data.Span.CommonPrefixLength(came.AsSpan(0, have));
            if (same == have) continue;
            byte[] all = [.. came[..have], .. await TakeBufferedAsync().ConfigureAwait(false)];
            throw Failure(what, $"{EscapedBytes.Of(all)} came, which differs at byte {same}");
        }

        _transcript.Came(came);
    }

    /// <summary>Expects the end of the input, and nothing before it.</summary>
    /// <param name="cancellationToken">Gives up waiting.</param>
    /// <returns>The end of the wait: the end has come.</returns>
    /// <exception cref="ScriptedPeerException">Bytes came, or a break of the connection, or nothing within <see cref="Timeout"/>.</exception>
    public async Task ExpectEofAsync(CancellationToken cancellationToken = default)
    {
        const string What = "Expected the end";
        var came = await WithinAsync(token => Stream.ReadAsync(Stream.Limit, token), What, "it did not come", default, cancellationToken).ConfigureAwait(false);
        if (came.Length > 0) throw Failure(What, $"{EscapedBytes.Of(came)} came");
    }

    /// <summary>Expects that the other end breaks the connection. What comes before is skipped: a reset may overtake it.</summary>
    /// <param name="cancellationToken">Gives up waiting.</param>
    /// <returns>The end of the wait: the connection is broken.</returns>
    /// <exception cref="ScriptedPeerException">A clean end came, or no break within <see cref="Timeout"/>.</exception>
    public async Task ExpectResetAsync(CancellationToken cancellationToken = default)
    {
        const string What = "Expected a reset";
        await WithinAsync(
            async token =>
            {
                try
                {
                    while (await Stream.ReadAsync(Stream.Limit, token).ConfigureAwait(false) is { Length: > 0 } came) _transcript.Came(came);
                }
                catch (IOException)
                {
                    return true;
                }

                throw Failure(What, "a clean end came");
            },
            What, "it did not come", default, cancellationToken).ConfigureAwait(false);
    }

    private async Task<string> ExpectLineAsync(Func<string, bool> wanted, string expected, CancellationToken cancellationToken)
    {
        var what = $"Expected {expected}";
        var came = await WithinAsync(token => Stream.ReadLineAsync(token), what, NothingMore, default, cancellationToken).ConfigureAwait(false);
        if (came is not [.., (byte)'\n']) throw Failure(what, TheEnd, came);
        var line = Encoding.UTF8.GetString(came.AsSpan()[..^(came is [.., (byte)'\r', _] ? 2 : 1)]);
        if (wanted(line))
        {
            _transcript.Came(came);
            return line;
        }

        var rest = await TakeBufferedAsync().ConfigureAwait(false);
        throw Failure(what, rest.Length == 0 ? $"{EscapedBytes.Of(came)} came" : $"{EscapedBytes.Of(came)} came, and behind it {EscapedBytes.Of(rest)}");
    }
}
