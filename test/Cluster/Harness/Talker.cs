using System.Globalization;
using System.Net;
using System.Text;

namespace Kestrel.Streams.Tests;

/// <summary>
/// One of a crowd: says a numbered line, waits until it is shown it, and says the next. When its connection ends it makes another one, and says
/// on with a new number: whether the last one was told before the end it reads in the history.
/// </summary>
internal sealed class Talker(int id, string room, IPEndPoint proxy)
{
    private readonly List<List<string>> _connections = [];
    private readonly TaskCompletionSource _talks = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private volatile bool _isEnding;
    private int _number;

    public string Room => room;

    /// <summary>The lines of the room that each of its connections was shown, from the history on.</summary>
    public IReadOnlyList<IReadOnlyList<string>> Connections => _connections;

    /// <summary>Done when it has been shown a line of its own.</summary>
    public Task Talks => _talks.Task;

    /// <summary>How often it was told that its node was cut off from the others, and that it was not any more.</summary>
    public int Gaps { get; private set; }

    public int GapsOver { get; private set; }

    /// <summary>Says no more lines; its talk ends when it has been shown the last line of the room.</summary>
    public void End() => _isEnding = true;

    /// <summary>Talks until a line of the room says that it ends.</summary>
    public async Task RunAsync()
    {
        while (true)
        {
            try
            {
                await using var stream = await StreamClient.ConnectAsync(proxy);
                if (await TalkAsync(stream)) return;
            }
            catch (IOException)
            {
                // The node went, or the proxy had none at that moment.
            }
        }
    }

    public static string LastLineOf(string room) => $"{room} ends";

    private async Task<bool> TalkAsync(ConnectionStream stream)
    {
        await stream.WriteAsync($"/join {room}\n");
        List<string>? shown = null;
        var awaited = "";
        while (await stream.ReadLineAsync(Encoding.UTF8) is { } line)
        {
            if (line.StartsWith('*'))
            {
                if (line.Contains("is cut off", StringComparison.Ordinal)) Gaps++;
                if (line.Contains("hears of the others again", StringComparison.Ordinal)) GapsOver++;
                if (shown is not null || !line.StartsWith($"* You are in {room}.", StringComparison.Ordinal)) continue;
                _connections.Add(shown = []);
                awaited = await SayAsync(stream);
                continue;
            }

            if (shown is null) continue;
            var text = line[(line.IndexOf(':', StringComparison.Ordinal) + 2)..];
            shown.Add(text);
            if (text == LastLineOf(room)) return true;
            if (text != awaited) continue;
            _talks.TrySetResult();
            awaited = _isEnding ? "" : await SayAsync(stream);
        }

        return false;
    }

    private async Task<string> SayAsync(ConnectionStream stream)
    {
        var text = string.Create(CultureInfo.InvariantCulture, $"talker {id} line {++_number}");
        await stream.WriteAsync(text + "\n");
        return text;
    }
}
