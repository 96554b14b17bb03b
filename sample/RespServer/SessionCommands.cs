using System.Text;

namespace Kestrel.Streams.Samples.RespServer;

/// <summary>The commands about the connection, its channels and the server.</summary>
internal static class SessionCommands
{
    /// <summary>The Redis whose words these are.</summary>
    private static ReadOnlySpan<byte> Version => "7.0.0"u8;

    public static void Ping(RespSession session)
    {
        var (words, reply) = (session.Words, session.Reply);
        if (words.Count > 2) throw RespException.WrongNumber("ping");
        if (session.OnlyListens)
        {
            reply.Array(2);
            reply.Bulk("pong"u8);
            reply.Bulk(words.Count == 2 ? words[1] : []);
        }
        else if (words.Count == 2) reply.Bulk(words[1]);
        else reply.Simple("PONG"u8);
    }

    public static void Quit(RespSession session)
    {
        session.Reply.Simple("OK"u8);
        session.IsDone = true;
    }

    public static void Hello(RespSession session)
    {
        var (words, reply) = (session.Words, session.Reply);
        long protocol = reply.Protocol;
        if (words.Count > 1 && !RespInteger.TryParse(words[1], out protocol)) throw new RespException("ERR Protocol version is not an integer or out of range");
        if (protocol is not (2 or 3)) throw new RespException("NOPROTO unsupported protocol version");
        for (var i = 2; i < words.Count; i += 2)
        {
            if (!words.Is(i, "SETNAME"u8) || i + 1 == words.Count) throw new RespException($"ERR Syntax error in HELLO option '{words.Text(i)}'");
            session.Rename(words[i + 1]);
        }

        reply.Protocol = (int)protocol;
        reply.Map(7);
        reply.Pair("server"u8, "redis"u8);
        reply.Pair("version"u8, Version);
        reply.Pair("proto"u8, protocol);
        reply.Pair("id"u8, session.Id);
        reply.Pair("mode"u8, "standalone"u8);
        reply.Pair("role"u8, "master"u8);
        reply.Bulk("modules"u8);
        reply.Array(0);
    }

    public static void SetName(RespSession session)
    {
        session.Rename(session.Words[2]);
        session.Reply.Simple("OK"u8);
    }

    /// <summary>What redis-benchmark asks for: nothing is kept on a disk.</summary>
    public static void GetConfig(RespSession session)
    {
        var (words, reply) = (session.Words, session.Reply);
        var isSave = words.Is(2, "save"u8);
        var isKnown = isSave || words.Is(2, "appendonly"u8);
        reply.Map(isKnown ? 1 : 0);
        if (isKnown) reply.Pair(words[2], isSave ? ""u8 : "no"u8);
    }

    public static void Info(RespSession session)
    {
        int keys;
        lock (session.Store.Lock) keys = session.Store.Count;
        session.Reply.Text(
            $"# Server\r\nredis_version:{Encoding.ASCII.GetString(Version)}\r\nredis_mode:standalone\r\nprocess_id:{Environment.ProcessId}\r\n"
            + $"\r\n# Keyspace\r\ndb0:keys={keys}\r\n");
    }

    public static void Subscribe(RespSession session)
    {
        for (var i = 1; i < session.Words.Count; i++) session.Channels.Join(session, session.Words[i].ToArray());
    }

    /// <summary>From the channels that are named; where none is, from all.</summary>
    public static void Unsubscribe(RespSession session)
    {
        for (var i = 1; i < session.Words.Count; i++) session.Channels.Leave(session, session.Words[i].ToArray());
        if (session.Words.Count > 1) return;
        if (session.Subscriptions.Count == 0) session.Channels.Leave(session, channel: null);
        foreach (var channel in session.Subscriptions) session.Channels.Leave(session, channel);
    }
}
