using System.Text;

namespace Kestrel.Streams.Tests;

internal static class Reading
{
    /// <summary>What a read gives, as text.</summary>
    public static async Task<string> TextAsync(this Task<byte[]> read) => Encoding.UTF8.GetString(await read.Within());

    /// <inheritdoc cref="TextAsync(Task{byte[]})"/>
    public static Task<string> TextAsync(this ValueTask<byte[]> read) => read.AsTask().TextAsync();
}
