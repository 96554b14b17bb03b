using System.Net.WebSockets;

namespace Kestrel.Streams.Tests;

/// <summary>What a WebSocket sees of the stop of its application.</summary>
public class StoppingTests
{
    [Fact]
    public async Task When_the_application_stops_the_handler_reads_the_end_its_last_answer_arrives_and_the_status_is_1001()
    {
        await using var app = await WebApp.ServeAsync(async (stream, stopping) =>
        {
            await stream.WriteAsync("ready\n");
            await stream.ReadToEndAsync();
            await stream.WriteAsync(stopping.IsCancellationRequested ? "stopped\n" : "left\n");
        });
        using var client = new ClientWebSocket();
        await client.ConnectAsync(app.Uri(), CancellationToken.None).Within();
        var all = ReadAsync(client);

        await app.StopAsync();

        Assert.Equal("ready\nstopped\n", await all.Within());
        Assert.Equal(WebSocketCloseStatus.EndpointUnavailable, client.CloseStatus);
        Assert.Empty(app.Complaints.Errors);
    }

    [Fact]
    public async Task A_record_that_the_stop_cuts_is_no_error()
    {
        await using var app = await WebApp.ServeAsync(async (stream, _) =>
        {
            await stream.WriteAsync("ready\n");
            await stream.ReadExactlyAsync(10);
        });
        await using var client = await app.ConnectAsync();
        Assert.Equal("ready", await client.HearLineAsync());

        await app.StopAsync();

        Assert.Empty(await client.HearAllAsync());
        Assert.Empty(app.Complaints.Errors);
    }

    [Fact]
    public async Task A_line_that_came_before_the_stop_is_still_read()
    {
        await using var app = await WebApp.ServeAsync(async (stream, stopping) =>
        {
            Assert.Equal("first\n"u8.ToArray(), await stream.ReadLineAsync(CancellationToken.None));
            await stream.WriteAsync("got it\n");
            var stopped = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            await using (stopping.Register(stopped.SetResult)) await stopped.Task;
            await stream.WriteAsync(await stream.ReadLineAsync(CancellationToken.None));
        });
        await using var client = await app.ConnectAsync();
        await client.WriteAsync("first\nsecond\n").Within();
        Assert.Equal("got it", await client.HearLineAsync());

        await app.StopAsync();

        Assert.Equal("second\n", await client.HearAllAsync());
    }

    // Hears the last byte before the application has stopped.
    private static async Task<string> ReadAsync(ClientWebSocket client)
    {
        var (text, buffer) = ("", new byte[100]);
        while (true)
        {
            var received = await client.ReceiveAsync(buffer.AsMemory(), CancellationToken.None);
            if (received.MessageType == WebSocketMessageType.Close) break;
            text += System.Text.Encoding.UTF8.GetString(buffer, 0, received.Count);
        }

        await client.CloseOutputAsync(WebSocketCloseStatus.NormalClosure, null, CancellationToken.None);
        return text;
    }
}
