namespace Kestrel.Streams.Samples.RespServer;

/// <summary>Who listens to what. A client sees its subscription confirmed before the first message, and no message behind the end of it.</summary>
internal sealed class Channels
{
    private readonly Lock _lock = new();
    private readonly Dictionary<byte[], HashSet<RespSession>> _channels = new(BytesComparer.Instance);

    public void Join(RespSession session, byte[] channel)
    {
        lock (_lock)
        {
            if (session.Subscriptions.Add(channel))
            {
                if (!_channels.TryGetValue(channel, out var subscribers)) _channels.Add(channel, subscribers = []);
                subscribers.Add(session);
            }

            Confirm(session, "subscribe"u8, channel);
        }
    }

    /// <summary>Ends one subscription, or says that there is none.</summary>
    public void Leave(RespSession session, byte[]? channel)
    {
        lock (_lock)
        {
            if (channel is not null && session.Subscriptions.Remove(channel)) Remove(session, channel);
            Confirm(session, "unsubscribe"u8, channel);
        }
    }

    /// <summary>Ends the subscriptions of a client that has gone.</summary>
    public void LeaveAll(RespSession session)
    {
        lock (_lock)
        {
            foreach (var channel in session.Subscriptions) Remove(session, channel);
        }
    }

    /// <summary>Tells all who listen, and how many they are.</summary>
    public int Publish(ReadOnlySpan<byte> channel, ReadOnlySpan<byte> message)
    {
        lock (_lock)
        {
            if (!_channels.GetAlternateLookup<ReadOnlySpan<byte>>().TryGetValue(channel, out var subscribers)) return 0;
            ReadOnlyMemory<byte>? array = null, push = null; // the same bytes for all who speak the same version
            foreach (var subscriber in subscribers)
            {
                ref var bytes = ref subscriber.Reply.Protocol == 3 ? ref push : ref array;
                bytes ??= Encode(subscriber.Reply.Protocol, channel, message);
                _ = subscriber.PushAsync(bytes.Value);
            }

            return subscribers.Count;
        }
    }

    private static ReadOnlyMemory<byte> Encode(int protocol, ReadOnlySpan<byte> channel, ReadOnlySpan<byte> message)
    {
        var push = new RespReply { Protocol = protocol };
        push.Push(3);
        push.Bulk("message"u8);
        push.Bulk(channel);
        push.Bulk(message);
        return push.Bytes;
    }

    private static void Confirm(RespSession session, ReadOnlySpan<byte> what, byte[]? channel)
    {
        var push = new RespReply { Protocol = session.Reply.Protocol };
        push.Push(3);
        push.Bulk(what);
        push.BulkOrNull(channel);
        push.Integer(session.Subscriptions.Count);
        _ = session.PushAsync(push.Bytes);
    }

    private void Remove(RespSession session, byte[] channel)
    {
        var subscribers = _channels[channel];
        subscribers.Remove(session);
        if (subscribers.Count == 0) _channels.Remove(channel);
    }
}
