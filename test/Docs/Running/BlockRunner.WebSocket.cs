using System.Net;
using System.Net.WebSockets;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;

namespace Kestrel.Streams.Tests;

/// <content>Blocks that speak through WebSockets.</content>
internal static partial class BlockRunner
{
    /// <summary>A web program on 5080 with a stream at /stream: is sent <c>in</c> and a Close frame, must answer <c>out</c> and one, or refuse it.</summary>
    private static async Task RunWebSocketAsync(CodeBlock block)
    {
        Assert.Contains("5080", block.Text, StringComparison.Ordinal);
        await using var program = new ChildProgram(block.Text.Replace("5080", "0", StringComparison.Ordinal), ProgramKind.Web);
        var lines = await program.LinesUntilAsync(static line => line.Contains("Application started", StringComparison.Ordinal)).Within();
        var port = PortIn(lines.Single(static line => Address().IsMatch(line)));
        Assert.Equal(Value(block, "out"), await AskWebSocketAsync(port, Value(block, "in")).Within());
    }

    /// <summary>A program that talks to an echo at /stream on 8888: must print <c>prints</c> and end.</summary>
    private static async Task RunWebSocketClientAsync(CodeBlock block)
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(static kestrel => kestrel.Listen(IPAddress.Loopback, 0));
        await using var app = builder.Build();
        app.UseWebSockets();
        app.Map("/stream", static branch => branch.Run(static async http =>
        {
            using var socket = await http.WebSockets.AcceptWebSocketAsync();
            var buffer = new byte[4096];
            while (await socket.ReceiveAsync(buffer.AsMemory(), CancellationToken.None) is { MessageType: not WebSocketMessageType.Close } received)
                await socket.SendAsync(buffer.AsMemory(0, received.Count), received.MessageType, received.EndOfMessage, CancellationToken.None);
            await socket.CloseOutputAsync(WebSocketCloseStatus.NormalClosure, null, CancellationToken.None);
        }));
        await app.StartAsync().Within();
        await using var program = new ChildProgram(WithPort(block, new Uri(app.Urls.Single()).Port));
        Assert.Equal(Value(block, "prints"), await program.OutputAsync().Within());
    }

    private static async Task<string> AskWebSocketAsync(int port, string text)
    {
        using var socket = new ClientWebSocket { Options = { CollectHttpResponseDetails = true } };
        try
        {
            await socket.ConnectAsync(new Uri($"ws://127.0.0.1:{port}/stream"), CancellationToken.None);
        }
        catch (WebSocketException) when (socket.HttpStatusCode != default)
        {
            return $"refused with {(int)socket.HttpStatusCode}";
        }

        await socket.SendAsync(Encoding.UTF8.GetBytes(text), WebSocketMessageType.Binary, endOfMessage: true, CancellationToken.None);
        await socket.CloseOutputAsync(WebSocketCloseStatus.NormalClosure, null, CancellationToken.None);
        using var answer = new MemoryStream();
        var buffer = new byte[4096];
        while (await socket.ReceiveAsync(buffer.AsMemory(), CancellationToken.None) is { MessageType: WebSocketMessageType.Binary, Count: var count })
            answer.Write(buffer, 0, count);
        Assert.Equal(WebSocketCloseStatus.NormalClosure, socket.CloseStatus);
        return Encoding.UTF8.GetString(answer.ToArray());
    }
}
