using System.Text;
using RabbitMQ.Client;
using RabbitMQ.Client.Events;

namespace Kestrel.Streams.Samples.WebHost.Chat.RabbitMq;

/// <summary>
/// One connection to the broker, for as long as it lasts. There are two things on it: the log, a stream that the broker keeps and every node reads,
/// and the beats, which tell who is alive and are kept by nobody.
/// </summary>
internal sealed class RabbitMqLink : IAsyncDisposable
{
    private const string Log = "chat.log";
    private const string Beats = "chat.beats";
    private const ushort Prefetch = 512;

    private static readonly TimeSpan _farewell = TimeSpan.FromSeconds(1);

    // The oldest entries go when there is more than this: about a hundred thousand lines.
    private static readonly Dictionary<string, object?> _logArguments = new()
    {
        ["x-queue-type"] = "stream",
        ["x-max-length-bytes"] = 40_000_000L,
        ["x-stream-max-segment-size-bytes"] = 10_000_000L,
    };

    private readonly IConnection _connection;
    private readonly IChannel _writing;
    private readonly IChannel _reading;
    private readonly IChannel _beating;
    private readonly TaskCompletionSource<string> _end = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _unacknowledged;

    private RabbitMqLink(IConnection connection, IChannel writing, IChannel reading, IChannel beating)
    {
        (_connection, _writing, _reading, _beating) = (connection, writing, reading, beating);
        foreach (var channel in (IChannel[])[writing, reading, beating]) channel.ChannelShutdownAsync += (_, reason) => EndAsync(reason.ToString());
    }

    /// <summary>Done when it has ended, with the reason.</summary>
    public Task<string> End => _end.Task;

    public static async Task<RabbitMqLink> OpenAsync(Uri broker, string node, CancellationToken cancellationToken)
    {
        // Recovery is ours: it goes on where the log was read to, and sends again what was not confirmed.
        var factory = new ConnectionFactory
        {
            Uri = broker,
            AutomaticRecoveryEnabled = false,
            ClientProvidedName = $"chat node {node}",
            RequestedHeartbeat = TimeSpan.FromSeconds(10),
            RequestedConnectionTimeout = TimeSpan.FromSeconds(5),
        };
        var connection = await factory.CreateConnectionAsync(cancellationToken);
        try
        {
            var link = new RabbitMqLink(
                connection,
                await connection.CreateChannelAsync(new CreateChannelOptions(publisherConfirmationsEnabled: true, publisherConfirmationTrackingEnabled: false), cancellationToken),
                await connection.CreateChannelAsync(cancellationToken: cancellationToken),
                await connection.CreateChannelAsync(cancellationToken: cancellationToken));
            await link.DeclareAsync(node, cancellationToken);
            return link;
        }
        catch
        {
            await CloseAsync(connection);
            throw;
        }
    }

    /// <summary>Reads the log from an entry on, or all that is kept of it.</summary>
    public async Task ReadAsync(long? from, Action<long, ReadOnlyMemory<byte>> take, CancellationToken cancellationToken)
    {
        var consumer = new AsyncEventingBasicConsumer(_reading);
        consumer.ReceivedAsync += async (_, delivery) =>
        {
            take((long)delivery.BasicProperties.Headers!["x-stream-offset"]!, delivery.Body);
            if (++_unacknowledged < Prefetch / 4) return;
            _unacknowledged = 0;
            await _reading.BasicAckAsync(delivery.DeliveryTag, multiple: true);
        };
        consumer.UnregisteredAsync += (_, _) => EndAsync("the broker has ended the reading of the log");
        await _reading.BasicQosAsync(0, Prefetch, global: false, cancellationToken);
        var arguments = new Dictionary<string, object?> { ["x-stream-offset"] = from is { } offset ? offset : "first" };
        await _reading.BasicConsumeAsync(Log, autoAck: false, "", noLocal: false, exclusive: false, arguments, consumer, cancellationToken);
    }

    /// <summary>Writes what is in the outbox, and all that comes into it.</summary>
    public async Task WriteAsync(Outbox outbox, CancellationToken cancellationToken)
    {
        _writing.BasicAcksAsync += (_, confirmed) =>
        {
            // Of a connection that is given up they may come late, and would count for the next one.
            if (!cancellationToken.IsCancellationRequested) outbox.Confirm(confirmed.DeliveryTag, confirmed.Multiple);
            return Task.CompletedTask;
        };
        _writing.BasicNacksAsync += (_, _) => EndAsync("the broker could not keep an entry");
        var properties = new BasicProperties { ContentType = "application/json" };
        while (true)
        {
            var entry = await outbox.NextAsync(cancellationToken);
            await _writing.BasicPublishAsync("", Log, mandatory: false, properties, entry, cancellationToken);
        }
    }

    /// <summary>Tells the others that this node lives.</summary>
    public ValueTask BeatAsync(string node, CancellationToken cancellationToken) =>
        _beating.BasicPublishAsync(Beats, "", Encoding.UTF8.GetBytes(node), cancellationToken);

    /// <summary>Hears which of the others live.</summary>
    public async Task HearAsync(string node, Action<string> heard, CancellationToken cancellationToken)
    {
        var consumer = new AsyncEventingBasicConsumer(_beating);
        consumer.ReceivedAsync += (_, beat) =>
        {
            heard(Encoding.UTF8.GetString(beat.Body.Span));
            return Task.CompletedTask;
        };
        await _beating.BasicConsumeAsync(QueueOf(node), autoAck: true, consumer, cancellationToken);
    }

    public async ValueTask DisposeAsync() => await CloseAsync(_connection);

    private static string QueueOf(string node) => $"chat.node.{node}";

    // A broker that hangs does not hold up the next connection.
    private static async Task CloseAsync(IConnection connection) =>
        await CloseInTimeAsync(connection).WaitAsync(_farewell).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);

    private static async Task CloseInTimeAsync(IConnection connection)
    {
        await connection.CloseAsync(Constants.ReplySuccess, "The node has done with it.", _farewell, abort: true);
        await connection.DisposeAsync();
    }

    private async Task DeclareAsync(string node, CancellationToken cancellationToken)
    {
        await _reading.QueueDeclareAsync(Log, durable: true, exclusive: false, autoDelete: false, _logArguments, cancellationToken: cancellationToken);
        await _beating.ExchangeDeclareAsync(Beats, ExchangeType.Fanout, durable: false, cancellationToken: cancellationToken);
        // A queue of the node's name, for this connection alone: a second node of that name is refused it.
        await _beating.QueueDeclareAsync(QueueOf(node), durable: false, exclusive: true, autoDelete: true, cancellationToken: cancellationToken);
        await _beating.QueueBindAsync(QueueOf(node), Beats, "", cancellationToken: cancellationToken);
    }

    private Task EndAsync(string reason)
    {
        _end.TrySetResult(reason);
        return Task.CompletedTask;
    }
}
