namespace Kestrel.Streams;

/// <summary>From the first bytes of a connection to a header of either version. It keeps nothing and throws nothing.</summary>
internal static class ProxyHeaderParser
{
    public static ProxyParse Parse(ReadOnlySpan<byte> data) =>
        BeginsLike(data, ProxyBinaryHeader.Signature) ? ProxyBinaryHeader.Parse(data)
        : BeginsLike(data, ProxyTextHeader.Signature) ? ProxyTextHeader.Parse(data)
        : ProxyParse.Invalid("it does not begin with a PROXY header");

    /// <summary>As far as there are bytes: a wrong one is seen at once, and not when enough have come.</summary>
    private static bool BeginsLike(ReadOnlySpan<byte> data, ReadOnlySpan<byte> signature) =>
        data.Length < signature.Length ? signature.StartsWith(data) : data.StartsWith(signature);
}
