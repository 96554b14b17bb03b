using System.Text;
using Kestrel.Streams.Testing;

namespace Kestrel.Streams.Tests;

/// <summary>A client that says whatever a test wants it to, one byte for each character.</summary>
internal sealed class SmtpClient(ConnectionStream stream) : IAsyncDisposable
{
    public ScriptedPeer Peer { get; } = new(stream);

    public Task SendAsync(string text) => Peer.SendAsync(Encoding.Latin1.GetBytes(text));

    /// <summary>Sends, and expects as many lines of one reply each as there are codes: "250 354".</summary>
    public async Task SendAsync(string text, string codes)
    {
        await SendAsync(text);
        foreach (var code in codes.Split(' '))
            await Peer.ExpectLineAsync(line => line.StartsWith(code + " ", StringComparison.Ordinal), condition: $"the code {code}");
    }

    public async Task<string> ReadToEndAsync() => Encoding.Latin1.GetString(await stream.ReadToEndAsync().Within());

    public ValueTask DisposeAsync() => stream.DisposeAsync();
}
