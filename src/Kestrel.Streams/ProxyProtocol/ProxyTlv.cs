namespace Kestrel.Streams;

/// <summary>One of the values that a proxy has put behind the addresses of its header, by its number.</summary>
/// <param name="Type">What it is, by the numbers of the specification; 0xE0 to 0xEF are free for applications.</param>
/// <param name="Value">The bytes; perhaps none.</param>
public readonly record struct ProxyTlv(byte Type, ReadOnlyMemory<byte> Value);
