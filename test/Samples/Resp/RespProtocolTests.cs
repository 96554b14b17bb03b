using System.Text;
using Kestrel.Streams.Samples.RespServer;

namespace Kestrel.Streams.Tests;

/// <summary>sample/RespServer: how commands come, in pieces, in crowds, too long or as nonsense.</summary>
public class RespProtocolTests
{
    private const string Commands =
        "*3\r\n$3\r\nSET\r\n$3\r\nkey\r\n$7\r\na\r\nb\"c'\r\n\r\n*0\r\nPING\r\n*2\r\n$3\r\nGET\r\n$3\r\nkey\r\n  ECHO \"a \\x41\\n\\\"\" \n*-1\r\n"
        + "*4\r\n$5\r\nLPUSH\r\n$1\r\nl\r\n$0\r\n\r\n$2\r\n\r\n\r\n*4\r\n$6\r\nlrange\r\n$1\r\nl\r\n$1\r\n0\r\n$2\r\n-1\r\n";

    private const string Replies = "+OK\r\n+PONG\r\n$7\r\na\r\nb\"c'\r\n$5\r\na A\n\"\r\n:2\r\n*2\r\n$2\r\n\r\n\r\n$0\r\n\r\n";

    [Fact]
    public async Task Cut_anywhere_it_is_the_same()
    {
        for (var cut = 0; cut <= Commands.Length; cut++)
            Assert.Equal(Replies, await TalkAsync(Commands[..cut], Commands[cut..]));
    }

    [Fact]
    public async Task Byte_by_byte_it_is_the_same() => Assert.Equal(Replies, await TalkAsync([.. Commands.Select(static c => $"{c}")]));

    [Fact]
    public async Task Who_leaves_in_the_middle_of_a_command_has_not_said_it()
    {
        await using var host = await RespHost.StartAsync();
        const string command = "*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$1\r\nv\r\n";

        for (var cut = 0; cut < command.Length; cut++)
            Assert.Equal("+PONG\r\n", await host.AskAsync("PING\r\n" + command[..cut]));

        Assert.Equal("+PONG\r\n", await host.AskAsync("PING\r\nSET k v"));
        Assert.Equal(0, host.Store.Count);
    }

    [Theory]
    [InlineData("*x\r\n", "invalid multibulk length")]
    [InlineData("*\r\n", "invalid multibulk length")]
    [InlineData("*1\n$4\nPING\n", "invalid multibulk length")]
    [InlineData("*1048577\r\n", "invalid multibulk length")]
    [InlineData("*99999999999999999999\r\n", "invalid multibulk length")]
    [InlineData("*1\r\nPING\r\n", "expected '$', got 'P'")]
    [InlineData("*1\r\n\r\n", "expected '$', got '\r'")]
    [InlineData("*1\r\n$x\r\n", "invalid bulk length")]
    [InlineData("*1\r\n$-1\r\n", "invalid bulk length")]
    [InlineData("*1\r\n$67108865\r\n", "invalid bulk length")]
    [InlineData("*2\r\n$1\r\nx\r\n$67108864\r\n", "invalid bulk length")]
    [InlineData("ECHO \"a\r\n", "unbalanced quotes in request")]
    [InlineData("ECHO \"a\"b\r\n", "unbalanced quotes in request")]
    [InlineData("ECHO 'a\r\n", "unbalanced quotes in request")]
    public async Task What_is_no_command_gets_one_error_and_the_end(string nonsense, string error)
    {
        await using var host = await RespHost.StartAsync();
        using var client = await host.ConnectAsync();

        await client.SendAsync($"PING\r\n{nonsense}PING\r\nPING\r\n");

        Assert.Equal($"+PONG\r\n-ERR Protocol error: {error.Replace('\r', ' ')}\r\n", await client.ReadToEndAsync());
    }

    [Theory]
    [InlineData("", "too big inline request")]
    [InlineData("*", "too big mbulk count string")]
    [InlineData("*1\r\n$", "too big bulk count string")]
    public async Task A_line_over_64_KiB_gets_one_error_and_the_end(string beginning, string error)
    {
        await using var host = await RespHost.StartAsync();
        using var client = await host.ConnectAsync();

        await client.SendAsync(beginning + new string('1', 70_000));

        Assert.Equal($"-ERR Protocol error: {error}\r\n", await client.ReadToEndAsync());
    }

    [Fact]
    public async Task An_inline_command_of_64_KiB_is_one()
    {
        await using var host = await RespHost.StartAsync();
        var text = new string('x', ConnectionStream.DefaultLimit - "ECHO ".Length - 1);

        Assert.Equal($"${text.Length}\r\n{text}\r\n", await host.AskAsync($"ECHO {text}\r\n"));
    }

    [Fact]
    public async Task A_hundred_thousand_commands_in_one_go_are_answered_in_order()
    {
        await using var host = await RespHost.StartAsync();
        using var client = await host.ConnectAsync();
        var commands = new StringBuilder();
        var replies = new StringBuilder();
        for (var i = 1; i <= 100_000; i++)
        {
            commands.Append(i % 2 == 0 ? "INCR n\r\n" : "*2\r\n$4\r\nINCR\r\n$1\r\nn\r\n");
            replies.Append($":{i}\r\n");
        }

        var sent = client.SendAsync(commands.ToString());
        await client.ExpectAsync(replies.ToString());
        await sent;
    }

    [Fact]
    public async Task A_word_of_many_mebibytes_comes_back_and_what_it_took_is_let_go()
    {
        await using var host = await RespHost.StartAsync();
        using var client = await host.ConnectAsync();
        var value = new string('x', 20_000_000);

        var sent = client.SendAsync($"*2\r\n$4\r\nECHO\r\n${value.Length}\r\n{value}\r\nPING\r\n");
        await client.ExpectAsync($"${value.Length}\r\n{value}\r\n+PONG\r\n");
        await sent;
    }

    [Fact]
    public async Task A_command_may_have_very_many_words()
    {
        await using var host = await RespHost.StartAsync();
        const int count = 200_000;

        Assert.Equal($":{count}\r\n:{count}\r\n", await host.AskAsync($"*{count + 2}\r\n$5\r\nRPUSH\r\n$1\r\nl\r\n{string.Concat(Enumerable.Repeat("$1\r\nx\r\n", count))}LLEN l\r\n"));
    }

    [Fact]
    public async Task Who_does_not_read_its_replies_is_held_up_and_nobody_else()
    {
        await using var host = await RespHost.StartAsync();
        using var deaf = await host.ConnectAsync();
        using var other = await host.ConnectAsync();
        await other.AskAsync($"SET k {new string('x', 60_000)}\r\n", "+OK\r\n");

        var sent = deaf.SendAsync(string.Concat(Enumerable.Repeat("GET k\r\n", 100_000))); // six gigabytes of replies, which nobody keeps
        await other.AskAsync("PING\r\n", "+PONG\r\n");

        deaf.Dispose();
        await Record.ExceptionAsync(() => sent);
        await other.AskAsync("PING\r\n", "+PONG\r\n");
    }

    /// <summary>One session over memory: each piece is sent when the one before has been read.</summary>
    private static async Task<string> TalkAsync(params string[] pieces)
    {
        var (client, server) = ConnectionStream.CreatePair();
        var session = ServeAsync();
        foreach (var piece in pieces) await client.WriteAsync(Encoding.Latin1.GetBytes(piece)).Within();
        await client.WriteEofAsync().Within();
        var replies = await client.ReadToEndAsync().Within();
        await session.Within();
        await client.CloseAsync().Within();
        return Encoding.Latin1.GetString(replies);

        async Task ServeAsync()
        {
            await using (server) await new RespSession(server, new Store(TimeProvider.System), new Channels()).RunAsync();
        }
    }
}
