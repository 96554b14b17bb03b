namespace Kestrel.Streams.Tests;

public class SweepTests
{
    [Fact]
    public async Task What_is_written_behind_a_read_leaves_when_the_handler_waits_for_something_else()
    {
        var (client, server) = ConnectionStream.CreatePair();
        await using var atOneEnd = client;
        await using var atTheOther = server;
        var goOn = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var answering = AnswerAsync();
        for (var i = 0; i < 20; i++)
        {
            await client.WriteAsync("question\n"u8).Within();
            Assert.Equal("answer\n", (await client.ReadLineAsync().Within()).ToText());
            var last = goOn;
            goOn = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            last.SetResult();
        }

        await client.CloseAsync().Within();
        await answering.Within();

        async Task AnswerAsync()
        {
            while ((await server.ReadLineAsync().ConfigureAwait(false)).Length > 0)
            {
                var wait = goOn.Task;
                server.Write("answer\n"u8);
                await wait.ConfigureAwait(false);
            }
        }
    }

    [Fact]
    public async Task What_is_written_behind_a_read_leaves_while_the_handler_keeps_its_thread()
    {
        var (client, server) = ConnectionStream.CreatePair();
        await using var atOneEnd = client;
        await using var atTheOther = server;
        using var seen = new SemaphoreSlim(0);
        var answering = AnswerAsync();
        await client.WriteAsync("question\n"u8).Within();
        for (var i = 0; i < 20; i++)
        {
            Assert.Equal("answer\n", (await client.ReadLineAsync().Within()).ToText());
            seen.Release();
        }

        await answering.Within();

        async Task AnswerAsync()
        {
            await server.ReadLineAsync().ConfigureAwait(false);
            for (var i = 0; i < 20; i++)
            {
                server.Write("answer\n"u8);
                Assert.True(seen.Wait(TimeSpan.FromSeconds(20)), "The answer has not left.");
            }
        }
    }

    [Fact]
    public async Task A_send_that_keeps_its_thread_does_not_keep_what_others_have_written()
    {
        using var goOn = new ManualResetEventSlim();
        var entered = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var slow = Streams.Over(new ScriptedTransport
        {
            OnSend = () =>
            {
                entered.TrySetResult();
                goOn.Wait(TimeSpan.FromSeconds(30));
            },
        });
        slow.Write("x"u8);
        await entered.Task.Within();
        var (stream, peer) = ConnectionStream.CreatePair();
        await using var atOneEnd = stream;
        await using var atTheOther = peer;
        stream.Write("line\n"u8);
        Assert.Equal("line\n", (await peer.ReadLineAsync().Within(TimeSpan.FromSeconds(10))).ToText());
        goOn.Set();
    }
}
