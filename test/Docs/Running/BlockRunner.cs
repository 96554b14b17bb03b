using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using Kestrel.Streams.Testing;

namespace Kestrel.Streams.Tests;

/// <summary>Runs a block in the way its comment asks for, and checks what comes of it.</summary>
internal static partial class BlockRunner
{
    private const string Port = "8888";

    public static Task RunAsync(CodeBlock block) => block.Orders.GetValueOrDefault("run") switch
    {
        "server" => RunServerAsync(block),
        "web" => RunWebAsync(block),
        "websocket" => RunWebSocketAsync(block),
        "websocket-client" => RunWebSocketClientAsync(block),
        "client" => RunClientAsync(block),
        "worker" => RunClientAsync(block, ProgramKind.Worker),
        "http" => RunHttpClientAsync(block),
        "program" => RunProgramAsync(block),
        "handler" => RunHandlerAsync(block),
        null => throw new InvalidDataException($"{block} does not say how to run it: put <!-- run: ... --> on the line before."),
        var other => throw new InvalidDataException($"{block} asks for run: {other}, which is no way to run a block."),
    };

    /// <summary>A program that listens on 8888 and prints where: is sent <c>in</c>, must answer <c>out</c>.</summary>
    private static async Task RunServerAsync(CodeBlock block)
    {
        await using var program = new ChildProgram(WithPort(block, 0));
        var lines = await program.LinesUntilAsync(static line => Address().IsMatch(line)).Within();
        Assert.Equal(Value(block, "out"), await BytePeer.AskAsync(PortIn(lines[^1]), Value(block, "in")).Within());
    }

    /// <summary>A web program with pages on 5080 and, behind them, streams on 8888: as a server; and the page / must be there.</summary>
    private static async Task RunWebAsync(CodeBlock block)
    {
        await using var program = new ChildProgram(WithPort(block, 0).Replace("5080", "0", StringComparison.Ordinal), ProgramKind.Web);
        var lines = await program.LinesUntilAsync(static line => line.Contains("Application started", StringComparison.Ordinal)).Within();
        // A stream server tells its address before the web server does; on the app's own Kestrel both are the web server's, in order.
        string[] addresses = [.. lines.Where(static line => Address().IsMatch(line)).OrderBy(static line => !line.Contains("http://", StringComparison.Ordinal))];
        Assert.Equal(2, addresses.Length);
        using var http = new HttpClient();
        Assert.NotEmpty(await http.GetStringAsync(new Uri($"http://127.0.0.1:{PortIn(addresses[0])}/")).Within());
        Assert.Equal(Value(block, "out"), await BytePeer.AskAsync(PortIn(addresses[1]), Value(block, "in")).Within());
    }

    /// <summary>
    /// A program, or a worker without its log, that talks to an echo on 8888: must print <c>prints</c>, close the connection and end.
    /// </summary>
    private static async Task RunClientAsync(CodeBlock block, ProgramKind kind = ProgramKind.Console)
    {
        var (port, served) = BytePeer.ListenForEcho();
        await using var program = new ChildProgram(WithPort(block, port), kind);
        Assert.Equal(Value(block, "prints"), await program.OutputAsync().Within());
        await served.Within();
    }

    /// <summary>A program that asks an HTTP server on 8888: is answered <c>out</c>, must print <c>prints</c> and end.</summary>
    private static async Task RunHttpClientAsync(CodeBlock block)
    {
        var (port, served) = BytePeer.ListenForRequest(Value(block, "out"));
        await using var program = new ChildProgram(WithPort(block, port));
        Assert.Equal(Value(block, "prints"), await program.OutputAsync().Within());
        await served.Within();
    }

    /// <summary>
    /// A program that needs nobody: is given <c>in</c>, where there is one, must print <c>prints</c>, or among others the lines of
    /// <c>shows</c> where the rest is different each time, and end.
    /// </summary>
    private static async Task RunProgramAsync(CodeBlock block)
    {
        // The port could be somebody else's.
        Assert.DoesNotContain(Port, block.Text, StringComparison.Ordinal);
        await using var program = new ChildProgram(block.Text, input: block.Orders.ContainsKey("in") ? Value(block, "in") : "");
        var output = await program.OutputAsync().Within();
        if (!block.Orders.ContainsKey("shows")) Assert.Equal(Value(block, "prints"), output);
        else Assert.All(Value(block, "shows").Split('\n'), line => Assert.Contains(line, output, StringComparison.Ordinal));
    }

    /// <summary>
    /// The body of a handler with its <c>stream</c> and <c>stopping</c>: is sent <c>in</c>, must answer <c>out</c> and return. It may not
    /// matter in what pieces the input comes.
    /// </summary>
    private static async Task RunHandlerAsync(CodeBlock block)
    {
        var handle = BlockCompiler.CompileHandler(block.Text);
        foreach (var cuts in new[] { Cuts.None, Cuts.EveryByte })
        {
            await using var pair = StreamPair.Create(new StreamPairOptions { ToServer = { Cuts = cuts } });
            var answer = pair.Client.ReadToEndAsync().AsTask();
            var sent = SendAsync(pair.Client, Value(block, "in"));
            await handle(pair.Server, CancellationToken.None).Within();
            await sent.Within();
            await pair.Server.CloseAsync().Within();
            Assert.Equal(Value(block, "out"), Encoding.UTF8.GetString(await answer.Within()));
        }
    }

    private static async Task SendAsync(ConnectionStream client, string text)
    {
        await client.WriteAsync(text);
        await client.WriteEofAsync();
    }

    private static string Value(CodeBlock block, string name) => block.Orders.TryGetValue(name, out var expression)
        ? BlockCompiler.Evaluate(expression)
        : throw new InvalidDataException($"{block} does not say '{name}:' in the comment before it.");

    private static string WithPort(CodeBlock block, int port)
    {
        Assert.Contains(Port, block.Text, StringComparison.Ordinal);
        return block.Text.Replace(Port, port.ToString(CultureInfo.InvariantCulture), StringComparison.Ordinal);
    }

    private static int PortIn(string line) => int.Parse(Address().Match(line).Groups["port"].Value, CultureInfo.InvariantCulture);

    [GeneratedRegex(@"127\.0\.0\.1:(?<port>\d+)", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Address();
}
