namespace Kestrel.Streams.Samples.WebHost.Chat;

/// <summary>What a backplane tells the node it belongs to. One call follows the other, and none waits.</summary>
internal interface IChatNode
{
    /// <summary>The users that are connected here: for nodes that come, and after this one was cut off.</summary>
    IReadOnlyList<ChatUser> Users { get; }

    /// <summary>Something has happened, here or on another node.</summary>
    void Receive(ChatEvent happened);

    /// <summary>These are all users of a node, this one or another, whatever was heard of it before.</summary>
    void ReceiveUsers(string node, IReadOnlyList<ChatUser> users);

    /// <summary>Another node is dead: its users are gone, and nobody else.</summary>
    void ReceiveLoss(string node);

    /// <summary>A name that was granted belongs to somebody else now, who took it while this node was cut off.</summary>
    void ReceiveNameLoss(string name);

    /// <summary><see cref="ChatBackplane.Trouble"/> has begun or is over.</summary>
    void ReceiveTrouble(string? trouble);
}
