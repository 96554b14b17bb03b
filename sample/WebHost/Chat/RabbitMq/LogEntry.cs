using System.Text.Json;
using System.Text.Json.Serialization;

namespace Kestrel.Streams.Samples.WebHost.Chat.RabbitMq;

/// <summary>One entry of the log that all nodes read in the same order.</summary>
[JsonDerivedType(typeof(Happened), "event")]
[JsonDerivedType(typeof(NodeHere), "here")]
[JsonDerivedType(typeof(NodeLost), "lost")]
[JsonDerivedType(typeof(NameClaimed), "claim")]
[JsonDerivedType(typeof(NameReleased), "release")]
internal abstract record LogEntry(EntryMark Mark)
{
    public byte[] ToBytes() => JsonSerializer.SerializeToUtf8Bytes(this, JsonSerializerOptions.Web);

    /// <exception cref="JsonException">It is no entry of this chat.</exception>
    public static LogEntry Parse(ReadOnlySpan<byte> bytes) =>
        JsonSerializer.Deserialize<LogEntry>(bytes, JsonSerializerOptions.Web) ?? throw new JsonException("An entry is an object, not null.");
}

/// <summary>Which entry it is. What a node sends once more, because it was not confirmed, has the mark that it had.</summary>
/// <param name="Node">The node that wrote it.</param>
/// <param name="Run">One run of that node, from start to end.</param>
/// <param name="Number">What the run wrote before, plus one.</param>
internal readonly record struct EntryMark(string Node, string Run, long Number);

/// <summary>Something that a user has done.</summary>
internal sealed record Happened(EntryMark Mark, ChatEvent What) : LogEntry(Mark);

/// <summary>A node is there, with these users and no others.</summary>
/// <param name="Asks">Whether it has just come, and the others are to say the same of themselves.</param>
internal sealed record NodeHere(EntryMark Mark, IReadOnlyList<ChatUser> Users, bool Asks) : LogEntry(Mark);

/// <summary>Somebody has heard nothing of a node for too long.</summary>
/// <param name="Run">The run that is lost; a later one is not.</param>
internal sealed record NodeLost(EntryMark Mark, string Node, string Run) : LogEntry(Mark);

/// <summary>A node wants a name. Whether it has it is what the log has said before.</summary>
internal sealed record NameClaimed(EntryMark Mark, string Name) : LogEntry(Mark);

/// <summary>A node gives a name back.</summary>
internal sealed record NameReleased(EntryMark Mark, string Name) : LogEntry(Mark);
