using System.Collections.Concurrent;
using System.Net;
using System.Text;

namespace Kestrel.Streams.Tests;

/// <summary>How one side of a <see cref="LineExchange"/> ended: the lines it got, the last perhaps not whole, and what broke it.</summary>
internal sealed record Ending(IReadOnlyList<string> Lines, Exception? Error);

/// <summary>
/// A short talk: three numbered lines, each of which is answered. What each side got, and how it ended, is kept to be judged: no line
/// may be wrong, missing between others or there twice.
/// </summary>
internal sealed class LineExchange
{
    public const int LineCount = 3;

    private readonly ConcurrentBag<Ending> _served = [];

    /// <summary>How the server's sides ended.</summary>
    public IReadOnlyCollection<Ending> Served => _served;

    /// <summary>The handler: answers each line, and keeps what it got.</summary>
    public async Task ServeAsync(ConnectionStream stream)
    {
        var lines = new List<string>();
        try
        {
            while (Encoding.UTF8.GetString(await stream.ReadLineAsync()) is { Length: > 0 } line)
            {
                lines.Add(line);
                await stream.WriteAsync($"ok {line}");
            }

            _served.Add(new Ending(lines, null));
        }
        catch (Exception e)
        {
            _served.Add(new Ending(lines, e));
            throw;
        }
    }

    /// <summary>The client's side: connects, says its lines and hears the answers. The stream is closed at the end, which never throws.</summary>
    /// <param name="endPoint">Where to.</param>
    /// <param name="tag">What the lines of this client begin with.</param>
    /// <param name="options">How to connect.</param>
    /// <param name="pipelined">Whether all lines are said before the first answer is read.</param>
    public static async Task<Ending> TalkAsync(EndPoint endPoint, string tag, StreamClientOptions options, bool pipelined)
    {
        var answers = new List<string>();
        ConnectionStream? stream = null;
        try
        {
            stream = await StreamClient.ConnectAsync(endPoint, options).Within();
            for (var i = 0; i < LineCount && pipelined; i++) await stream.WriteAsync(Line(tag, i)).Within();
            for (var i = 0; i < LineCount; i++)
            {
                if (!pipelined) await stream.WriteAsync(Line(tag, i)).Within();
                var answer = Encoding.UTF8.GetString(await stream.ReadLineAsync().Within());
                if (answer.Length > 0) answers.Add(answer);
                if (!answer.EndsWith('\n')) break;
            }

            return new Ending(answers, null);
        }
        catch (IOException e)
        {
            return new Ending(answers, e);
        }
        finally
        {
            if (stream is not null) await stream.CloseAsync().Within();
        }
    }

    /// <summary>Whether what a side got is the beginning of what the other one said: whole lines in order, and at most a part of the next.</summary>
    /// <param name="ending">What it got.</param>
    /// <param name="before">What stands before each line.</param>
    /// <param name="mayBeCut">Whether the last one may be a part of a line.</param>
    public static bool IsBeginning(Ending ending, string before, bool mayBeCut)
    {
        if (ending.Lines is not [var first, ..]) return true;
        var tag = first.Length > before.Length ? first[before.Length..].Split('-')[0] : "";
        for (var i = 0; i < ending.Lines.Count; i++)
        {
            var (line, whole) = (ending.Lines[i], before + Line(tag, i));
            var isCut = i == ending.Lines.Count - 1 && mayBeCut && !line.EndsWith('\n');
            if (isCut ? !whole.StartsWith(line, StringComparison.Ordinal) : line != whole) return false;
        }

        return ending.Lines.Count <= LineCount;
    }

    private static string Line(string tag, int number) => $"{tag}-{number}\n";
}
