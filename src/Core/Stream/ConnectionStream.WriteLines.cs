using System.Buffers;

namespace Kestrel.Streams;

public sealed partial class ConnectionStream
{
    /// <summary>Buffers the parts joined, as one <see cref="Write(ReadOnlySpan{byte})"/>; adds no line ends. asyncio: <c>writelines</c>.</summary>
    /// <param name="data">The parts; copied.</param>
    /// <exception cref="ArgumentNullException">There are no parts.</exception>
    /// <inheritdoc cref="Write(ReadOnlySpan{byte})" path="/exception"/>
    public void WriteLines(IEnumerable<ReadOnlyMemory<byte>> data) => Output.Write(Join(data).Span);

    /// <inheritdoc cref="WriteLines(IEnumerable{ReadOnlyMemory{byte}})"/>
    public void WriteLines(IEnumerable<byte[]> data) => Output.Write(Join(AsMemories(data)).Span);

    /// <summary>Sends the parts joined, as one write; adds no line ends. asyncio: <c>await stream.writelines(data)</c>.</summary>
    /// <param name="data">The parts; copied before the call returns.</param>
    /// <param name="cancellationToken">Ends the wait; a part of the data may have been sent then.</param>
    /// <returns>The end: the data is in the kernel, or in whatever lies below.</returns>
    /// <exception cref="ArgumentNullException">There are no parts.</exception>
    /// <inheritdoc cref="Write(ReadOnlySpan{byte})" path="/exception"/>
    public ValueTask WriteLinesAsync(IEnumerable<ReadOnlyMemory<byte>> data, CancellationToken cancellationToken = default) =>
        Output.WriteAsync(Join(data), cancellationToken);

    /// <inheritdoc cref="WriteLinesAsync(IEnumerable{ReadOnlyMemory{byte}}, CancellationToken)"/>
    public ValueTask WriteLinesAsync(IEnumerable<byte[]> data, CancellationToken cancellationToken = default) =>
        Output.WriteAsync(Join(AsMemories(data)), cancellationToken);

    private static ReadOnlyMemory<byte> Join(IEnumerable<ReadOnlyMemory<byte>> data)
    {
        ArgumentNullException.ThrowIfNull(data);
        var joined = new ArrayBufferWriter<byte>();
        foreach (var part in data) joined.Write(part.Span);
        return joined.WrittenMemory;
    }

    private static List<ReadOnlyMemory<byte>> AsMemories(IEnumerable<byte[]> data)
    {
        ArgumentNullException.ThrowIfNull(data);
        var parts = new List<ReadOnlyMemory<byte>>();
        foreach (var part in data)
            parts.Add(part ?? throw new ArgumentException("A part is null: give an array for each.", nameof(data)));
        return parts;
    }
}
