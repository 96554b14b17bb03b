using System.ComponentModel.DataAnnotations;

namespace Kestrel.Streams.Samples.WebHost.Chat;

/// <summary>The settings below <c>Chat</c>.</summary>
internal sealed class ChatOptions
{
    /// <summary>The name of this node: letters and digits, and no other node's.</summary>
    [RegularExpression("^[A-Za-z0-9-]{1,40}$", ErrorMessage = "Chat:Node must be 1 to 40 letters, digits and hyphens, as in --Chat:Node web1.")]
    public string Node { get; set; } = "a";

    /// <summary>How many lines a second are taken from one connection in the long run.</summary>
    [Range(1, 1000, ErrorMessage = "Chat:LinesPerSecond must be from 1 to 1000.")]
    public int LinesPerSecond { get; set; } = 5;

    /// <summary>How many lines are taken at once from a connection that was quiet.</summary>
    [Range(1, 10_000, ErrorMessage = "Chat:Burst must be from 1 to 10000.")]
    public int Burst { get; set; } = 20;

    /// <summary>How many lines may wait for a connection; with one more it is cut. They are shared by all for whom they wait, and cheap.</summary>
    [Range(1, 100_000, ErrorMessage = "Chat:OutboxLines must be from 1 to 100000.")]
    public int OutboxLines { get; set; } = 4096;

    /// <summary>How many lines of a room are kept for those who join it.</summary>
    [Range(1, 1000, ErrorMessage = "Chat:HistoryLines must be from 1 to 1000.")]
    public int HistoryLines { get; set; } = 50;
}
