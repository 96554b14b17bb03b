namespace Kestrel.Streams;

/// <summary>Takes the header off the front of a stream. What came with it stays in the receive buffer, for whoever reads next.</summary>
internal static class ProxyHeaderReader
{
    /// <summary>Waits for a header. A wait that is cancelled has consumed nothing.</summary>
    /// <returns>The header, which is consumed then; or why there is none; or neither, when the input ended before.</returns>
    public static async ValueTask<ProxyParse> ReadAsync(ConnectionStream stream, CancellationToken cancellationToken)
    {
        var input = stream.Input;
        using var read = input.BeginRead(cancellationToken);
        while (true)
        {
            var parse = ProxyHeaderParser.Parse(input.Buffer.Unread);
            if (parse.Header is not null) input.Buffer.Consume(parse.Length);
            if (parse is not { Header: null, Fault: null } || input.IsEnded) return parse;
            await input.FillAsync(Math.Max(parse.Length, stream.ReadAheadCapacity), cancellationToken).ConfigureAwait(false);
        }
    }
}
