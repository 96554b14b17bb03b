using System.Text;

namespace Kestrel.Streams.Tests;

/// <summary>sample/RespServer and redis-server are told the same, and answer the same, byte for byte.</summary>
public class RedisDifferenceTests
{
    public static TheoryData<string> Nonsense =>
    [
        "*x\r\n", "*\r\n", "*99999999999999999999\r\n", "*1\r\nPING\r\n", "*1\r\n\r\n", "*1\r\n:4\r\nPING\r\n", "*1\r\n$x\r\n", "*1\r\n$\r\n", "*1\r\n$-1\r\n",
        "*1\r\n$99999999999\r\n", "*2\r\n$4\r\nECHO\r\n$+1\r\nx\r\n", "*+1\r\n$4\r\nPING\r\n", "*01\r\n$4\r\nPING\r\n", "ECHO \"a\r\n", "ECHO \"a\"b\r\n", "ECHO 'a\r\n", "ECHO 'a'b\r\n",
        "\"\r\n", "ECHO \"a\\\"\r\n",
    ];

    [Theory]
    [InlineData(1, 2)]
    [InlineData(2, 2)]
    [InlineData(3, 3)]
    [InlineData(4, 3)]
    public Task A_random_program_is_answered_alike(int seed, int version) => CompareAsync(async (ours, theirs) =>
    {
        var program = new RandomProgram(seed);
        await SayAsync(ours, theirs, Encoding.ASCII.GetBytes($"HELLO {version}\r\n"), areAlike: false);
        for (var i = 0; i < 1_500; i++)
            await SayAsync(ours, theirs, program.Next());

        // And the same kind of commands in crowds.
        for (var i = 0; i < 20; i++)
            await SayAsync(ours, theirs, [.. Enumerable.Range(0, 200).SelectMany(_ => program.Next())]);
    });

    [Theory]
    [MemberData(nameof(Nonsense))]
    public Task What_is_no_command_gets_the_same_error_and_the_end(string nonsense) => CompareAsync(async (ours, theirs) =>
    {
        var bytes = Encoding.ASCII.GetBytes("PING\r\n" + nonsense + "PING\r\n");
        await ours.WriteAsync(bytes).Within();
        await theirs.WriteAsync(bytes).Within();

        Assert.Equal(await ReadToEndAsync(theirs), await ReadToEndAsync(ours));
    });

    /// <summary>The end of redis-server may be a reset: it leaves with what it has not read.</summary>
    private static async Task<string> ReadToEndAsync(ConnectionStream stream)
    {
        var all = new StringBuilder();
        try
        {
            while (await stream.ReadAsync().Within() is { Length: > 0 } some) all.Append(Encoding.Latin1.GetString(some));
        }
        catch (IOException)
        {
        }

        return all.ToString();
    }

    private static async Task SayAsync(ConnectionStream ours, ConnectionStream theirs, byte[] command, bool areAlike = true)
    {
        var end = $"end {Guid.NewGuid()}";
        byte[] all = [.. command, .. Encoding.ASCII.GetBytes($"*2\r\n$4\r\nECHO\r\n${end.Length}\r\n{end}\r\n")];
        var reply = AskAsync(ours);
        var expected = await AskAsync(theirs);
        if (areAlike) Assert.True(expected == await reply, $"To {Quoted(command)}\nredis-server answers {expected}\nand we answer       {await reply}");
        await reply;

        async Task<string> AskAsync(ConnectionStream stream)
        {
            await stream.WriteAsync(all).Within();
            return Quoted(await stream.ReadUntilAsync(Encoding.ASCII.GetBytes(end)).Within());
        }
    }

    private static string Quoted(byte[] bytes) => Encoding.Latin1.GetString(bytes).Replace("\r\n", "|", StringComparison.Ordinal);

    private static Task CompareAsync(Func<ConnectionStream, ConnectionStream, Task> test) =>
        new Redis().RunAsync(Network.Tcp, (real, _) => new RespSample().RunAsync(Network.Tcp, async (sample, _) =>
        {
            await using var ours = await OurClient.ConnectAsync(sample, Samples.Mebibyte);
            await using var theirs = await OurClient.ConnectAsync(real, Samples.Mebibyte);
            await test(ours, theirs);
        }));
}
