namespace Kestrel.Streams;

/// <content>On which threads handlers run.</content>
public partial class StreamServerOptions
{
    /// <summary>
    /// Whether each connection keeps to one thread, which waits for its bytes and goes on with its handler, and which nobody relieves when it
    /// is held up; false unless set. Without it handlers run on such threads too, but a thread that is held up is relieved within
    /// milliseconds. It saves a part of the work of a short answer where there are few connections, and little otherwise:
    /// docs/performance.md has the figures. The name is that of Kestrel's option for its own transport.
    /// </summary>
    /// <remarks>
    /// <b>Unsafe</b>, because such a thread serves many connections: there is one for each processor. A handler that blocks or calculates
    /// for long there keeps all of them waiting, and one that blocks until something comes from a connection of the same thread, by a
    /// synchronous <c>Read</c> for instance, keeps them so for ever. Only for handlers that await. It holds on Linux; elsewhere it changes
    /// nothing.
    /// </remarks>
    public bool UnsafePreferInlineScheduling { get; set; }
}
