using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using Kestrel.Streams.Testing;
using Microsoft.Extensions.Logging;

namespace Kestrel.Streams.Tests;

/// <summary>The bytes of one connection in the log.</summary>
public sealed partial class WireLogTests
{
    private readonly LogCapture _log = new();

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_conversation_is_logged_as_xxd_would_show_it(bool tls)
    {
        await using var server = Serve(
            async (stream, _) =>
            {
                await stream.ReadLineAsync();
                await stream.WriteAsync("250 mail.example at your service\r\n");
                await stream.ReadToEndAsync();
            },
            static _ => true, tls);
        await server.StartServingAsync().Within();
        await using (var client = tls ? await server.ConnectTlsAsync() : await server.ConnectAsync())
        {
            await client.WriteAsync("EHLO \u00e4\n").Within();
            Assert.Equal("250 mail.example at your service\r\n", await client.HearLineAsync());
        }

        await EndIsLoggedAsync();
        await server.CloseAsync().Within();
        Assert.Equal(
            [
                """
                received 8 bytes:
                00000000: 4548 4c4f 20c3 a40a                      EHLO ...
                """.ReplaceLineEndings("\n"),
                """
                sends 34 bytes:
                00000000: 3235 3020 6d61 696c 2e65 7861 6d70 6c65  250 mail.example
                00000010: 2061 7420 796f 7572 2073 6572 7669 6365   at your service
                00000020: 0d0a                                     ..
                """.ReplaceLineEndings("\n"),
                "received the end.",
            ],
            Wire());
    }

    [Fact]
    public async Task Only_the_connections_that_are_chosen_are_logged()
    {
        var asked = 0;
        await using var server = Serve((stream, _) => Talk.EchoAsync(stream), _ => Interlocked.Increment(ref asked) == 2);
        await server.StartServingAsync().Within();
        foreach (var word in new[] { "one", "two", "three" })
        {
            await using var client = await server.ConnectAsync();
            await client.HearsItselfAsync(word);
        }

        await EndIsLoggedAsync();
        await server.CloseAsync().Within();
        Assert.Equal(3, asked);
        Assert.Equal(
            ["received 4 bytes:\n00000000: 7477 6f0a                                two.", "sends 4 bytes:\n00000000: 7477 6f0a                                two.", "received the end."],
            Wire());
    }

    [Fact]
    public async Task It_begins_and_ends_in_the_middle_of_a_conversation()
    {
        await using var pair = StreamPair.Create();
        var (client, server) = pair;
        await client.WriteAsync("before\n").Within();
        Assert.Equal("before\n", await server.HearLineAsync());

        using (server.LogWire(_log.Factory.CreateLogger("wire")))
        {
            await client.WriteAsync("during\n").Within();
            Assert.Equal("during\n", await server.HearLineAsync());
            await server.WriteAsync("yes\n").Within();
        }

        await server.WriteAsync("after\n").Within();
        Assert.Equal(
            ["received 7 bytes:\n00000000: 6475 7269 6e67 0a                        during.", "sends 4 bytes:\n00000000: 7965 730a                                yes."],
            Wire());
    }

    [Fact]
    public async Task Two_logs_of_one_stream_end_apart()
    {
        await using var pair = StreamPair.Create();
        var (client, server) = pair;
        var first = server.LogWire(_log.Factory.CreateLogger("wire"));
        using (server.LogWire(_log.Factory.CreateLogger("wire"))) await server.WriteAsync("two\n").Within();
        await server.WriteAsync("one\n").Within();
        first.Dispose();
        first.Dispose();
        await server.WriteAsync("none\n").Within();

        Assert.Equal(3, Wire().Count);
    }

    [Fact]
    public async Task A_long_piece_is_cut_and_the_log_says_so()
    {
        await using var pair = StreamPair.Create();
        var (client, server) = pair;
        using var log = server.LogWire(_log.Factory.CreateLogger("wire"));
        await server.WriteAsync(new byte[1024]).Within();
        await server.WriteAsync(new byte[1030]).Within();

        Assert.DoesNotContain("more bytes", Wire()[0], StringComparison.Ordinal);
        Assert.Equal(65, Wire()[0].Split('\n').Length);
        Assert.StartsWith("sends 1030 bytes:\n00000000: 0000", Wire()[1], StringComparison.Ordinal);
        Assert.EndsWith("\n000003f0: 0000 0000 0000 0000 0000 0000 0000 0000  ................\n... and 6 more bytes", Wire()[1], StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_file_is_one_line_with_its_count(bool tls)
    {
        using var folder = new TempDirectory();
        var path = folder["big"];
        await File.WriteAllBytesAsync(path, new byte[3_000_000]);
        await using var server = Serve(
            async (stream, _) =>
            {
                await using var file = File.OpenRead(path);
                stream.Write("head\n"u8);
                await stream.SendFileAsync(file, 500_000);
                await stream.WriteAsync("tail\n");
            },
            static _ => true, tls);
        await server.StartServingAsync().Within();
        await using (var client = tls ? await server.ConnectTlsAsync() : await server.ConnectAsync())
            Assert.Equal(2_500_010, (await client.ReadToEndAsync().Within()).Length);
        await server.CloseAsync().Within();

        Assert.Equal(
            ["sends 5 bytes:\n00000000: 6865 6164 0a                             head.", $"sends 2500000 bytes of the file {path}.", "sends 5 bytes:\n00000000: 7461 696c 0a                             tail."],
            Wire().Where(static line => line.StartsWith("sends", StringComparison.Ordinal)));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Nothing_is_lost_or_told_twice_of_a_conversation_both_ways_at_once(bool tls)
    {
        const int Lines = 2000;
        await using var server = Serve(
            async (stream, _) =>
            {
                var talking = SayAsync(stream, "server", Lines);
                for (var i = 0; i < Lines; i++) await stream.ReadLineAsync();
                await talking;
            },
            static _ => true, tls);
        await server.StartServingAsync().Within();
        await using (var client = tls ? await server.ConnectTlsAsync() : await server.ConnectAsync())
        {
            var talking = SayAsync(client, "client", Lines);
            for (var i = 0; i < Lines; i++) Assert.Equal($"server {i}\n", await client.HearLineAsync());
            await talking.Within();
            Assert.Equal("", await client.HearAllAsync());
        }

        await server.CloseAsync().Within();
        ShowsAll("received", string.Concat(Enumerable.Range(0, Lines).Select(static i => $"client {i}\n")));
        ShowsAll("sends", string.Concat(Enumerable.Range(0, Lines).Select(static i => $"server {i}\n")));
    }

    [Fact]
    public async Task A_stream_that_cannot_send_at_once_shows_each_byte_once()
    {
        await using var server = Serve(
            async (stream, _) =>
            {
                for (var i = 0; i < 4000; i++) await stream.WriteAsync(Encoding.ASCII.GetBytes($"{i:d999}\n"));
            },
            static _ => true);
        await server.StartServingAsync().Within();
        await using (var client = await server.ConnectAsync())
        {
            for (var i = 0; i < 4000; i++) await client.ReadExactlyAsync(1000).AsTask().Within();
        }

        await server.CloseAsync().Within();
        Assert.Equal(4_000_000, Wire().Where(static line => line.StartsWith("sends", StringComparison.Ordinal)).Sum(CountOf));
    }

    [Fact]
    public async Task A_logger_that_throws_breaks_nothing()
    {
        await using var pair = StreamPair.Create();
        var (client, server) = pair;
        using var log = server.LogWire(new BrokenLogger());
        await client.WriteAsync("hello\n").Within();
        await server.WriteAsync(await server.ReadLineAsync().Within()).Within();
        Assert.Equal("hello\n", await client.HearLineAsync());
    }

    private static async Task SayAsync(ConnectionStream stream, string who, int lines)
    {
        for (var i = 0; i < lines; i++)
        {
            if (i % 3 == 0) stream.Write(Encoding.ASCII.GetBytes($"{who} {i}\n"));
            else await stream.WriteAsync($"{who} {i}\n");
        }

        await stream.FlushAsync();
    }

    // The close of a server ends the input itself: an end that comes after that is nobody's business.
    private async Task EndIsLoggedAsync() => await _log.FirstAsync(static entry => entry.Message.EndsWith("received the end.", StringComparison.Ordinal)).Within();

    /// <summary>The messages, without the name of the connection.</summary>
    private IReadOnlyList<string> Wire() =>
        [.. _log.All.Where(static entry => entry.Category is "wire" or "Kestrel.Streams.Wire").Select(static entry => Id().Replace(entry.Message, ""))];

    private void ShowsAll(string direction, string expected)
    {
        var offset = 0;
        foreach (var piece in Wire().Where(line => line.StartsWith(direction, StringComparison.Ordinal) && line.Contains('\n', StringComparison.Ordinal)))
        {
            var shown = string.Concat(piece.Split('\n')[1..].Where(static line => line[8] == ':').Select(static line => TextOf(line)));
            Assert.Equal(Math.Min(1024, CountOf(piece)), shown.Length);
            Assert.Equal(expected.Substring(offset, shown.Length), shown);
            offset += CountOf(piece);
        }

        Assert.Equal(expected.Length, offset);
    }

    private static string TextOf(string line) => Encoding.ASCII.GetString(Convert.FromHexString(line[10..49].Replace(" ", "", StringComparison.Ordinal)));

    private static int CountOf(string message) => int.Parse(message.Split(' ')[1], CultureInfo.InvariantCulture);

    private StreamServer Serve(Func<ConnectionStream, CancellationToken, Task> serve, Func<ConnectionStream, bool> wireLog, bool tls = false)
    {
        var options = tls ? TlsTalk.ServerOptions(_log) : new StreamServerOptions { LoggerFactory = _log.Factory };
        options.WireLog = wireLog;
        return new StreamServer(serve, "127.0.0.1", 0, options);
    }

    [GeneratedRegex("^Connection [0-9a-f]+-[0-9]+ ", RegexOptions.None, 1000)]
    private static partial Regex Id();

    private sealed class BrokenLogger : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(
            LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            throw new InvalidOperationException("broken logger");
    }
}
