using Kestrel.Streams.Samples.RespServer;

namespace Kestrel.Streams.Tests;

/// <summary>sample/RespServer: who publishes, who listens, and who does not read.</summary>
public class RespChannelTests
{
    private const string Joined = "*3\r\n$9\r\nsubscribe\r\n$4\r\nnews\r\n:1\r\n";

    [Fact]
    public async Task Messages_come_in_order_to_all_who_listen_each_in_its_version()
    {
        await using var host = await RespHost.StartAsync();
        using var two = await host.ConnectAsync();
        using var three = await host.ConnectAsync();
        await two.AskAsync("SUBSCRIBE news\r\n", Joined);
        await three.SendAsync("HELLO 3\r\nSUBSCRIBE news\r\n");
        while (!(await three.ReadLineAsync()).Equals(">3", StringComparison.Ordinal))
        {
        }

        await three.ExpectAsync(Joined["*3\r\n".Length..]);

        Assert.Equal(
            string.Concat(Enumerable.Repeat(":2\r\n", 1000)),
            await host.AskAsync(string.Concat(Enumerable.Range(1000, 1000).Select(static i => $"PUBLISH news {i}\r\n"))));

        var messages = string.Concat(Enumerable.Range(1000, 1000).Select(static i => $"*3\r\n$7\r\nmessage\r\n$4\r\nnews\r\n$4\r\n{i}\r\n"));
        await two.ExpectAsync(messages);
        await three.ExpectAsync(messages.Replace('*', '>'));
    }

    [Fact]
    public async Task A_subscriber_is_told_all_that_comes_between_its_two_confirmations_and_no_more()
    {
        await using var host = await RespHost.StartAsync();
        using var publisher = await host.ConnectAsync();
        using var stop = new CancellationTokenSource();
        var publishing = PublishAsync();
        var message = "*3\r\n$7\r\nmessage\r\n$4\r\nnews\r\n$1\r\nx\r\n";

        for (var i = 0; i < 100; i++)
        {
            var all = await host.AskAsync($"SUBSCRIBE news\r\n{string.Concat(Enumerable.Repeat("PING\r\n", 50))}UNSUBSCRIBE news\r\nPING\r\n");
            all = all.Replace("*2\r\n$4\r\npong\r\n$0\r\n\r\n", "", StringComparison.Ordinal).Replace(message, "", StringComparison.Ordinal);
            Assert.Equal(Joined + "*3\r\n$11\r\nunsubscribe\r\n$4\r\nnews\r\n:0\r\n+PONG\r\n", all);
            Assert.Equal(0, host.Channels.Publish("news"u8, "nobody"u8));
        }

        await stop.CancelAsync();
        await publishing.Within();

        async Task PublishAsync()
        {
            while (!stop.IsCancellationRequested)
            {
                await publisher.SendAsync("PUBLISH news x\r\n");
                await publisher.ReadLineAsync();
            }
        }
    }

    [Fact]
    public async Task With_version_2_it_may_only_listen_until_it_listens_to_nothing()
    {
        await using var host = await RespHost.StartAsync();

        Assert.Equal(
            Joined + "*3\r\n$9\r\nsubscribe\r\n$1\r\nb\r\n:2\r\n*3\r\n$9\r\nsubscribe\r\n$1\r\nb\r\n:2\r\n"
            + "-ERR Can't execute 'get': only (P|S)SUBSCRIBE / (P|S)UNSUBSCRIBE / PING / QUIT / RESET are allowed in this context\r\n"
            + "*2\r\n$4\r\npong\r\n$2\r\nhi\r\n*3\r\n$11\r\nunsubscribe\r\n$1\r\nb\r\n:1\r\n*3\r\n$11\r\nunsubscribe\r\n$4\r\nnews\r\n:0\r\n$-1\r\n+OK\r\n",
            await host.AskAsync("SUBSCRIBE news b b\r\nGET k\r\nPING hi\r\nUNSUBSCRIBE b\r\nUNSUBSCRIBE\r\nGET k\r\nQUIT\r\n"));
    }

    [Fact]
    public async Task A_subscriber_that_has_gone_is_not_counted()
    {
        await using var host = await RespHost.StartAsync();
        using (var client = await host.ConnectAsync())
            await client.AskAsync("SUBSCRIBE news\r\n", Joined);
        using var quits = await host.ConnectAsync();
        await quits.AskAsync("SUBSCRIBE news\r\nQUIT\r\n", Joined + "+OK\r\n");
        Assert.Equal("", await quits.ReadToEndAsync());

        await UntilAsync(() => host.Channels.Publish("news"u8, "hello"u8) == 0);
    }

    [Fact]
    public async Task A_subscriber_that_never_reads_is_cut_and_nobody_else_waits_for_it()
    {
        const int messages = 2_000;
        await using var host = await RespHost.StartAsync();
        using var deaf = await host.ConnectAsync();
        using var reader = await host.ConnectAsync();
        using var publisher = await host.ConnectAsync();
        await deaf.AskAsync("SUBSCRIBE news\r\n", Joined);
        await reader.AskAsync("SUBSCRIBE news\r\n", Joined);
        var text = new string('x', 20_000); // 40 MB in all, far more than the kernel and the server keep for one who does not read

        for (var i = 0; i < messages; i++)
        {
            await publisher.SendAsync($"PUBLISH news {text}\r\n");
            Assert.Contains(await publisher.ReadLineAsync(), (string[])[":1", ":2"]);
            await reader.ExpectAsync($"*3\r\n$7\r\nmessage\r\n$4\r\nnews\r\n$20000\r\n{text}\r\n");
        }

        await publisher.AskAsync("PUBLISH news bye\r\n", ":1\r\n");
        await Assert.ThrowsAsync<IOException>(deaf.ReadToEndAsync); // a reset: what it missed does not look like the end
        Assert.InRange(RespSession.MostUnsent, 1, messages * text.Length / 4);
    }

    [Fact]
    public async Task A_subscriber_that_asks_and_does_not_read_keeps_no_thread()
    {
        await using var host = await RespHost.StartAsync();
        using var publisher = await host.ConnectAsync();
        var deaf = new List<RespClient>();
        for (var i = 0; i < 50; i++)
        {
            var client = await host.ConnectAsync();
            await client.AskAsync("SUBSCRIBE news\r\n", Joined);
            deaf.Add(client);
        }

        // So much that the sockets are full and more than a Write takes is unsent, but not enough to be cut. Then replies go behind it.
        var text = new string('x', 1_000_000);
        for (var i = 0; i < 7; i++) await publisher.AskAsync($"*3\r\n$7\r\nPUBLISH\r\n$4\r\nnews\r\n${text.Length}\r\n{text}\r\n", ":50\r\n");
        foreach (var client in deaf) await client.SendAsync("PING\r\nPING\r\n");
        for (var i = 0; i < 100; i++) await publisher.AskAsync("PING\r\n", "+PONG\r\n");

        var messages = string.Concat(Enumerable.Repeat($"*3\r\n$7\r\nmessage\r\n$4\r\nnews\r\n$1000000\r\n{text}\r\n", 7));
        foreach (var client in deaf)
        {
            await client.ExpectAsync(messages + "*2\r\n$4\r\npong\r\n$0\r\n\r\n*2\r\n$4\r\npong\r\n$0\r\n\r\n");
            client.Dispose();
        }
    }

    private static async Task UntilAsync(Func<bool> isSo)
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        while (!isSo()) await Task.Delay(1, patience.Token);
    }
}
