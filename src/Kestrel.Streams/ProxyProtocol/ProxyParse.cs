namespace Kestrel.Streams;

/// <summary>How far some bytes take the parser: to a header, to a fault, or to more bytes that it needs.</summary>
/// <param name="Header">The header, when it is whole.</param>
/// <param name="Length">Its length in bytes; without a header the least number of bytes that are needed in all.</param>
/// <param name="Fault">Why the bytes are no header, as a part of a sentence that begins with it.</param>
internal readonly record struct ProxyParse(ProxyHeader? Header, int Length, string? Fault)
{
    /// <summary>The header ends behind so many bytes.</summary>
    public static ProxyParse Whole(ProxyHeader header, int length) => new(header, length, Fault: null);

    public static ProxyParse Needs(int length) => new(Header: null, length, Fault: null);

    public static ProxyParse Invalid(string fault) => new(Header: null, Length: 0, fault);
}
