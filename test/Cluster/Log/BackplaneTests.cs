using System.Collections.Concurrent;
using Kestrel.Streams.Samples.WebHost.Chat;
using Kestrel.Streams.Samples.WebHost.Chat.RabbitMq;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Kestrel.Streams.Tests;

/// <summary>What becomes of a node whose broker is not there, or takes long.</summary>
public sealed class BackplaneTests
{
    [Fact]
    public async Task A_broker_that_takes_too_long_to_answer_is_tried_again()
    {
        var reasons = new List<string>();
        var reconnect = Reconnect.Pipeline(TimeProvider.System, reasons.Add);
        var tries = 0;

        await reconnect.ExecuteAsync(
            _ => ++tries switch
            {
                1 => ValueTask.FromException(new TaskCanceledException("The client has waited long enough.")),
                2 => ValueTask.FromException(new IOException("There is nobody.")),
                _ => ValueTask.CompletedTask,
            },
            CancellationToken.None).AsTask().Within();

        Assert.Equal(["it has not answered in time.", "There is nobody."], reasons);
    }

    [Fact]
    public async Task A_node_that_stops_tries_no_more()
    {
        using var stop = new CancellationTokenSource();
        var tries = 0;

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => Reconnect.Pipeline(TimeProvider.System, static _ => { }).ExecuteAsync(
            async token =>
            {
                tries++;
                await stop.CancelAsync();
                token.ThrowIfCancellationRequested();
            },
            stop.Token).AsTask().Within());

        Assert.Equal(1, tries);
    }

    [Fact]
    public async Task A_stop_without_the_broker_tells_how_much_is_lost()
    {
        var notes = new Notes();
        var backplane = new RabbitMqChatBackplane(Options.Create(new ChatOptions { Node = "web1", Backplane = "amqp://127.0.0.1:1" }), TimeProvider.System, notes);
        await backplane.StartAsync(new PaperLog(TimeProvider.System).Add("web1"), new CancellationToken(canceled: true)).Within();
        for (var number = 1; number <= 2; number++)
            Assert.True(await backplane.PublishAsync(new Said(new ChatStamp("web1", "1", number, DateTimeOffset.UnixEpoch), "ada", "tea", "hello"), CancellationToken.None));

        await backplane.DisposeAsync().AsTask().Within();

        Assert.Contains("The node has stopped with 2 entries that RabbitMQ at 127.0.0.1:1 has not confirmed, as lines of its users: they may be lost.", notes.Lines);
    }

    private sealed class Notes : ILogger<RabbitMqChatBackplane>
    {
        public ConcurrentQueue<string> Lines { get; } = new();

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            Lines.Enqueue(formatter(state, exception));
    }
}
