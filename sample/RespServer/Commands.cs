using System.Collections.Frozen;
using System.Text;

namespace Kestrel.Streams.Samples.RespServer;

/// <summary>Every command there is, by its name in letters of any case.</summary>
internal static class Commands
{
    private const int LongestName = 32;

    private static readonly FrozenDictionary<string, Command> _all = new Command[]
    {
        new("get", 2, static (store, words, reply) => reply.BulkOrNull(store.Get(words[1]))),
        new("set", -3, KeyCommands.Set),
        new("incr", 2, static (store, words, reply) => reply.Integer(store.Add(words[1], 1))),
        new("decr", 2, static (store, words, reply) => reply.Integer(store.Add(words[1], -1))),
        new("del", -2, static (store, words, reply) => KeyCommands.Count(store, words, reply, static (store, key) => store.Remove(key))),
        new("exists", -2, static (store, words, reply) => KeyCommands.Count(store, words, reply, static (store, key) => store.Contains(key))),
        new("expire", -3, KeyCommands.Expire),
        new("ttl", 2, KeyCommands.TimeToLive),
        new("lpush", -3, static (store, words, reply) => KeyCommands.Push(store, words, reply, static (list, item) => list.AddFirst(item))),
        new("rpush", -3, static (store, words, reply) => KeyCommands.Push(store, words, reply, static (list, item) => list.AddLast(item))),
        new("llen", 2, static (store, words, reply) => reply.Integer(store.GetList(words[1])?.Count ?? 0)),
        new("lrange", 4, KeyCommands.Range),
        new("publish", 3, static session => session.Reply.Integer(session.Channels.Publish(session.Words[1], session.Words[2]))),
        new("subscribe", -2, SessionCommands.Subscribe),
        new("unsubscribe", -1, SessionCommands.Unsubscribe),
        new("ping", -1, SessionCommands.Ping),
        new("echo", 2, static session => session.Reply.Bulk(session.Words[1])),
        new("hello", -1, SessionCommands.Hello),
        new("quit", -1, SessionCommands.Quit),
        new("info", -1, SessionCommands.Info),
        new("client", -2),
        new("client|id", 2, static session => session.Reply.Integer(session.Id)),
        new("client|getname", 2, static session => session.Reply.BulkOrNull(session.Name)),
        new("client|setname", 3, SessionCommands.SetName),
        new("client|setinfo", 4, static session => session.Reply.Simple("OK"u8)), // which library it is; nobody here asks
        new("config", -2),
        new("config|get", -3, SessionCommands.GetConfig),
        new("command", -2),
        new("command|docs", -2, static session => session.Reply.Map(0)), // none: redis-cli does without
    }.ToFrozenDictionary(static command => command.Name, StringComparer.OrdinalIgnoreCase);

    private static readonly FrozenDictionary<string, Command>.AlternateLookup<ReadOnlySpan<char>> _byName = _all.GetAlternateLookup<ReadOnlySpan<char>>();

    /// <exception cref="RespException">There is no such command, or it does not take so many words.</exception>
    public static Command Find(RespReader words)
    {
        Span<char> name = stackalloc char[LongestName];
        if (words[0].Length > LongestName || !_byName.TryGetValue(name[..Encoding.Latin1.GetChars(words[0], name)], out var command))
            throw RespException.UnknownCommand(words);
        if (command.IsGroup && words.Count > 1 && !_all.TryGetValue($"{command.Name}|{words.Text(1)}", out command))
            throw RespException.UnknownSubcommand(words);
        return command.Takes(words.Count) ? command : throw RespException.WrongNumber(command.Name);
    }
}
