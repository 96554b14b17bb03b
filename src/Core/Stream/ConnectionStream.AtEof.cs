namespace Kestrel.Streams;

public sealed partial class ConnectionStream
{
    /// <summary>
    /// Whether the end of the input has come and nothing is buffered. Never waits: it looks at once whether the peer's end is there,
    /// also behind the last line. True after our own close. May be asked beside anything. asyncio: <c>at_eof</c>.
    /// </summary>
    public bool AtEof => Input.LookForEnd();
}
