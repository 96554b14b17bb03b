namespace Kestrel.Streams.Samples.WebHost.Chat;

/// <summary>
/// What lies between the nodes of a chat: it carries what happens on one of them to all of them, keeps the last lines of the rooms, and
/// sees that a name is given once. The rooms of a node know nothing else of the others.
/// </summary>
/// <remarks>
/// What is published on a node comes back to it as to all others, by <see cref="IChatNode.Receive"/>: nothing is shown before. An event may
/// come twice, after a connection that broke; the rooms drop it by its stamp. Disposed when the host has stopped.
/// </remarks>
internal abstract class ChatBackplane : IAsyncDisposable
{
    /// <summary>The name of this node; no other node of the chat has it.</summary>
    public abstract string Node { get; }

    /// <summary>Why this node does not hear of the others at the moment, in a few words; null while it does.</summary>
    public abstract string? Trouble { get; }

    /// <summary>Begins to tell the node what happens. Others that cannot be reached are no error: they are <see cref="Trouble"/>.</summary>
    public abstract Task StartAsync(IChatNode node, CancellationToken cancellationToken);

    /// <summary>Tells all nodes, this one included. May wait for a while; the events of one sender are given one after the other.</summary>
    /// <returns>
    /// Whether it will be told. If not, nobody has heard of it and nobody will; who has come or gone meanwhile the others learn from
    /// <see cref="IChatNode.Users"/>.
    /// </returns>
    public abstract ValueTask<bool> PublishAsync(ChatEvent happened, CancellationToken cancellationToken);

    /// <summary>The last lines of a room, the oldest first. May have some that the node is still to be told, and lack some of the last.</summary>
    public abstract ValueTask<IReadOnlyList<Said>> HistoryAsync(string room, CancellationToken cancellationToken);

    /// <summary>Takes a name for a user of this node, whatever its case, until it is given back or the node dies.</summary>
    public abstract ValueTask<NameClaim> ClaimAsync(string name, CancellationToken cancellationToken);

    /// <summary>Gives a name back; a node that is cut off does not wait for the others.</summary>
    public abstract ValueTask ReleaseAsync(string name);

    public abstract ValueTask DisposeAsync();
}

/// <summary>What came of the wish for a name.</summary>
internal enum NameClaim
{
    /// <summary>It belongs to the node now.</summary>
    Granted,

    /// <summary>Somebody has it.</summary>
    Taken,

    /// <summary>Nobody can tell at the moment: see <see cref="ChatBackplane.Trouble"/>.</summary>
    Unknown,
}
