namespace Kestrel.Streams.Samples.RespServer;

/// <summary>A command by its name, or behind a <c>|</c> by that of its group; and how many words it has, the names among them.</summary>
/// <param name="Arity">Exactly so many, or at least where it is negative, as in Redis.</param>
/// <param name="Run">What it does; null for a group.</param>
internal sealed record Command(string Name, int Arity, Action<RespSession>? Run = null)
{
    /// <summary>A command about keys: while it runs no other one does.</summary>
    public Command(string name, int arity, Action<Store, RespReader, RespReply> run)
        : this(name, arity, session =>
        {
            lock (session.Store.Lock) run(session.Store, session.Words, session.Reply);
        })
    {
    }

    public bool IsGroup => Run is null;

    public bool Takes(int count) => Arity < 0 ? count >= -Arity : count == Arity;
}
