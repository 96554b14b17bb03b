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

    /// <summary>How many bytes may wait for a connection, in lines and in the history of a room: when more do, the next line cuts it.</summary>
    [Range(1000, 100_000_000, ErrorMessage = "Chat:OutboxBytes must be from 1000 to 100000000.")]
    public int OutboxBytes { get; set; } = 1_000_000;

    /// <summary>How many lines of a room are kept for those who join it.</summary>
    [Range(1, 1000, ErrorMessage = "Chat:HistoryLines must be from 1 to 1000.")]
    public int HistoryLines { get; set; } = 50;

    /// <summary>Where the RabbitMQ is that lies between the nodes, as in amqp://user:password@host; empty for a chat of this node alone.</summary>
    [RegularExpression("^(amqps?://[^/@]+(@[^/@]+)?(/.*)?)?$", ErrorMessage = "Chat:Backplane must be an amqp or amqps address, as in --Chat:Backplane amqp://user:password@host, or empty.")]
    public string Backplane { get; set; } = "";

    /// <summary>How many lines of its users a node keeps while the broker is away; with one more they are refused.</summary>
    [Range(1, 100_000, ErrorMessage = "Chat:BufferLines must be from 1 to 100000.")]
    public int BufferLines { get; set; } = 1000;

    /// <summary>How long nothing may be heard of another node until it is lost.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "00:10:00", ErrorMessage = "Chat:NodeTimeout must be from 00:00:01 to 00:10:00.")]
    public TimeSpan NodeTimeout { get; set; } = TimeSpan.FromSeconds(10);
}
