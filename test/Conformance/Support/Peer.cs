namespace Kestrel.Streams.Tests;

/// <summary>The other end of the stream under test, as raw as its transport has it: the suite controls the cuts and the end.</summary>
public abstract class Peer : IAsyncDisposable
{
    /// <summary>Hands all of the data to the transport.</summary>
    public abstract Task SendAsync(ReadOnlyMemory<byte> data);

    /// <summary>Receives some bytes; 0 is the end.</summary>
    /// <exception cref="IOException">The connection is broken.</exception>
    public abstract ValueTask<int> ReceiveAsync(Memory<byte> buffer);

    /// <summary>Ends this peer's output; it can still receive.</summary>
    public abstract Task SendFinAsync();

    /// <summary>Goes away in order, both ways.</summary>
    public abstract Task CloseAsync();

    /// <summary>Breaks the connection.</summary>
    public abstract void Reset();

    public abstract ValueTask DisposeAsync();

    public Task SendAsync(string text) => SendAsync(text.Ascii());

    public async Task SendAndFinAsync(string text)
    {
        await SendAsync(text);
        await SendFinAsync();
    }

    /// <summary>Receives just that many bytes, or fewer where the end comes first.</summary>
    public async Task<byte[]> ReceiveAsync(int count)
    {
        var data = new byte[count];
        int have = 0;
        while (have < count && await ReceiveAsync(data.AsMemory(have)) is > 0 and int more)
            have += more;
        return data[..have];
    }

    public async Task<string> ReceiveTextAsync(int count) => (await ReceiveAsync(count)).Text();

    public async Task<byte[]> ReceiveToEndAsync()
    {
        using var all = new MemoryStream();
        var buffer = new byte[65536];
        while (await ReceiveAsync(buffer.AsMemory()) is > 0 and int more)
            all.Write(buffer, 0, more);
        return all.ToArray();
    }
}
