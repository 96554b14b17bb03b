using System.Text;

namespace Kestrel.Streams.Tests;

/// <summary>sample/RespServer: what each command answers, in both versions of the protocol.</summary>
public class RespCommandTests
{
    [Theory]
    [InlineData("PING|ping hello|PING a b", "+PONG|$5|hello|-ERR wrong number of arguments for 'ping' command")]
    [InlineData("ECHO hello|ECHO", "$5|hello|-ERR wrong number of arguments for 'echo' command")]
    [InlineData("GET k|SET k v|GET k|EXISTS k k n|DEL k n|GET k", "$-1|+OK|$1|v|:2|:1|$-1")]
    [InlineData("SET k v XX|SET k v NX|SET k w NX|SET k x xx|GET k", "$-1|+OK|$-1|+OK|$1|x")]
    [InlineData("SET k v NX XX|SET k v EX|SET k v EX 1 PX 1|SET k v FOO", "-ERR syntax error|-ERR syntax error|-ERR syntax error|-ERR syntax error")]
    [InlineData("SET k v EX 0|SET k v PX -1|SET k v EX 9223372036854775807", "-ERR invalid expire time in 'set' command|-ERR invalid expire time in 'set' command|-ERR invalid expire time in 'set' command")]
    [InlineData("SET k v EX one|EXPIRE k 1.5", "-ERR value is not an integer or out of range|-ERR value is not an integer or out of range")]
    [InlineData("INCR n|INCR n|DECR n|DECR n|DECR n|GET n", ":1|:2|:1|:0|:-1|$2|-1")]
    [InlineData("SET n 9223372036854775807|INCR n|SET n -9223372036854775808|DECR n", "+OK|-ERR increment or decrement would overflow|+OK|-ERR increment or decrement would overflow")]
    [InlineData("SET n +1|INCR n|SET n 01|INCR n|SET n \"\"|INCR n|SET n \" 1\"|INCR n", "+OK|-ERR value is not an integer or out of range|+OK|-ERR value is not an integer or out of range|+OK|-ERR value is not an integer or out of range|+OK|-ERR value is not an integer or out of range")]
    [InlineData("LPUSH l b a|RPUSH l c|LLEN l|LRANGE l 0 -1|LRANGE l -2 9|LRANGE l 2 1|LRANGE l 3 9", ":2|:3|:3|*3|$1|a|$1|b|$1|c|*2|$1|b|$1|c|*0|*0")]
    [InlineData("RPUSH l a b c|LRANGE l 2 -9223372036854775808|LRANGE l -9223372036854775808 0|LRANGE l 9223372036854775807 -1", ":3|*0|*1|$1|a|*0")]
    [InlineData("SET k v|EXPIRE k 5 \"NX\\r\\n\"", "+OK|-ERR Unsupported option NX")]
    [InlineData("LLEN n|LRANGE n 0 -1|LRANGE n a b", ":0|*0|-ERR value is not an integer or out of range")]
    [InlineData("CLIENT GETNAME|CLIENT SETNAME me|client getname|CLIENT SETNAME 'a b'", "$-1|+OK|$2|me|-ERR Client names cannot contain spaces, newlines or special characters.")]
    [InlineData("CONFIG GET save|CONFIG GET appendonly|CONFIG GET port", "*2|$4|save|$0||*2|$10|appendonly|$2|no|*0")]
    [InlineData("COMMAND DOCS|CLIENT SETINFO LIB-NAME x|CLIENT FOO|CLIENT", "*0|+OK|-ERR unknown subcommand 'FOO'. Try CLIENT HELP.|-ERR wrong number of arguments for 'client' command")]
    [InlineData("HELLO 4|HELLO two|HELLO 2 FOO", "-NOPROTO unsupported protocol version|-ERR Protocol version is not an integer or out of range|-ERR Syntax error in HELLO option 'FOO'")]
    [InlineData("foo a \"b\\r\\nc\"|PUBLISH c m", "-ERR unknown command 'foo', with args beginning with: 'a' 'b  c' |:0")]
    [InlineData("QUIT|PING", "+OK")]
    public async Task A_command_is_answered_as_by_Redis(string commands, string replies)
    {
        await using var host = await RespHost.StartAsync();

        Assert.Equal(replies.Replace("|", "\r\n", StringComparison.Ordinal) + "\r\n", await host.AskAsync(commands.Replace("|", "\r\n", StringComparison.Ordinal) + "\r\n"));
    }

    [Theory]
    [InlineData("GET n|SET k v XX|CLIENT GETNAME", "_|_|_")]
    [InlineData("CONFIG GET save|CONFIG GET port|COMMAND DOCS", "%1|$4|save|$0||%0|%0")]
    [InlineData("RPUSH l a|LRANGE l 0 0|HELLO 4|GET n", ":1|*1|$1|a|-NOPROTO unsupported protocol version|_")]
    [InlineData("UNSUBSCRIBE|SUBSCRIBE c|PING|PUBLISH c m|UNSUBSCRIBE", ">3|$11|unsubscribe|_|:0|>3|$9|subscribe|$1|c|:1|+PONG|>3|$7|message|$1|c|$1|m|:1|>3|$11|unsubscribe|$1|c|:0")]
    public async Task After_HELLO_3_it_is_answered_in_the_new_types(string commands, string replies)
    {
        await using var host = await RespHost.StartAsync();
        using var client = await host.ConnectAsync();
        await client.AskAsync("HELLO 3 SETNAME me\r\n", "%7\r\n$6\r\nserver\r\n$5\r\nredis\r\n$7\r\nversion\r\n$5\r\n7.0.0\r\n$5\r\nproto\r\n:3\r\n$2\r\nid\r\n");
        await client.SendAsync("CLIENT SETNAME \"\"\r\n" + commands.Replace("|", "\r\n", StringComparison.Ordinal) + "\r\n");
        client.EndSending();

        var all = await client.ReadToEndAsync();

        Assert.EndsWith("$7\r\nmodules\r\n*0\r\n+OK\r\n" + replies.Replace("|", "\r\n", StringComparison.Ordinal) + "\r\n", all, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("GET l")]
    [InlineData("INCR l")]
    [InlineData("LPUSH s x")]
    [InlineData("RPUSH s x")]
    [InlineData("LLEN s")]
    [InlineData("LRANGE s 0 -1")]
    public async Task A_key_that_holds_something_else_is_refused_and_stays(string command)
    {
        await using var host = await RespHost.StartAsync();

        Assert.Equal(
            ":1\r\n+OK\r\n-WRONGTYPE Operation against a key holding the wrong kind of value\r\n*1\r\n$1\r\na\r\n$1\r\n1\r\n+OK\r\n",
            await host.AskAsync($"RPUSH l a\r\nSET s 1\r\n{command}\r\nLRANGE l 0 -1\r\nGET s\r\nSET l now-text\r\n"));
    }

    [Fact]
    public async Task What_is_asked_about_the_server_is_told()
    {
        await using var host = await RespHost.StartAsync();

        Assert.Contains("\r\nredis_mode:standalone\r\n", await host.AskAsync("SET k v\r\nINFO\r\n"), StringComparison.Ordinal);
        var verbatim = await host.AskAsync("HELLO 3\r\nINFO keyspace\r\n");
        Assert.Contains("\r\ntxt:# Server\r\n", verbatim, StringComparison.Ordinal);
        Assert.EndsWith("db0:keys=1\r\n\r\n", verbatim, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Eight_who_count_together_lose_nothing()
    {
        const int clients = 8, times = 5_000;
        await using var host = await RespHost.StartAsync();
        var commands = string.Concat(Enumerable.Repeat("INCR n\r\n", times));

        await Task.WhenAll(Enumerable.Range(0, clients).Select(_ => host.AskAsync(commands)));

        Assert.Equal($"$5\r\n{clients * times}\r\n", await host.AskAsync("GET n\r\n"));
    }

    [Fact]
    public async Task A_value_may_hold_any_byte()
    {
        await using var host = await RespHost.StartAsync();
        var value = Encoding.Latin1.GetString([.. Enumerable.Range(0, 256).Select(i => (byte)i), .. "\r\n$-1\r\n"u8]);

        Assert.Equal($"+OK\r\n${value.Length}\r\n{value}\r\n", await host.AskAsync($"*3\r\n$3\r\nSET\r\n$3\r\nk\r\n\r\n${value.Length}\r\n{value}\r\n*2\r\n$3\r\nGET\r\n$3\r\nk\r\n\r\n"));
    }
}
