using System.Text.Json.Serialization;

namespace Kestrel.Streams.Samples.WebHost.Chat;

/// <summary>Something that has happened in the chat, as every node hears of it.</summary>
/// <param name="Stamp">Who has done it, and when.</param>
[JsonDerivedType(typeof(Joined), "joined")]
[JsonDerivedType(typeof(Left), "left")]
[JsonDerivedType(typeof(Renamed), "renamed")]
[JsonDerivedType(typeof(Said), "said")]
[JsonDerivedType(typeof(Whispered), "whispered")]
internal abstract record ChatEvent(ChatStamp Stamp);

/// <summary>
/// Where an event comes from. A sender counts what it does, so that whoever hears of something twice drops it, and nothing overtakes what
/// the same sender did before.
/// </summary>
/// <param name="Node">The node of the sender.</param>
/// <param name="Sender">The connection; never used again, also not by a node that was started again.</param>
/// <param name="Sequence">What the sender did before it, plus one.</param>
/// <param name="At">When the node took it.</param>
internal readonly record struct ChatStamp(string Node, string Sender, long Sequence, DateTimeOffset At);

/// <summary>Somebody has come into a room: from another one, when he was in the chat before.</summary>
internal sealed record Joined(ChatStamp Stamp, string Name, string Room) : ChatEvent(Stamp);

/// <summary>Somebody has left the chat.</summary>
internal sealed record Left(ChatStamp Stamp) : ChatEvent(Stamp);

/// <summary>Somebody has another name.</summary>
internal sealed record Renamed(ChatStamp Stamp, string Name) : ChatEvent(Stamp);

/// <summary>A line of a room.</summary>
internal sealed record Said(ChatStamp Stamp, string Name, string Room, string Text) : ChatEvent(Stamp);

/// <summary>A line for one user, wherever he is.</summary>
internal sealed record Whispered(ChatStamp Stamp, string Name, string To, string Text) : ChatEvent(Stamp);

/// <summary>Somebody who is in the chat.</summary>
internal sealed record ChatUser(string Node, string Sender, string Name, string Room);
