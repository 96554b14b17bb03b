namespace Kestrel.Streams;

/// <content>On which threads handlers run.</content>
public partial class StreamServerOptions
{
    /// <summary>
    /// Whether a handler goes on on the thread that has seen the bytes come, and not on the thread pool; false unless set. It saves the way
    /// from thread to thread, half the work of a short answer. The name is that of Kestrel's option for its own transport.
    /// </summary>
    /// <remarks>
    /// <b>Unsafe</b>, because such a thread serves many connections: there is one for each processor. A handler that blocks or calculates
    /// for long there keeps all of them waiting, and one that blocks until something comes from a connection of the same thread, by a
    /// synchronous <c>Read</c> for instance, keeps them so for ever. Only for handlers that await; docs/performance.md has the figures. It
    /// holds on Linux; elsewhere it changes nothing.
    /// </remarks>
    public bool UnsafePreferInlineScheduling { get; set; }
}
