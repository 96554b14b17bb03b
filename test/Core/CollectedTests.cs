using System.Net.Sockets;
using System.Runtime.CompilerServices;

namespace Kestrel.Streams.Tests;

/// <summary>Streams that nobody closes. Each helper that makes one is not inlined, so that no local of the test keeps it.</summary>
public class CollectedTests
{
    private static int _ids;

    public CollectedTests() => ErrorOutput.Listen();

    [Theory]
    [InlineData("TCP")]
    [InlineData("Unix")]
    public async Task It_is_reported_once_and_its_socket_is_closed(string kind)
    {
        var (client, server) = kind == "TCP" ? await Streams.TcpPairAsync() : await StreamPairs.UnixPairAsync();
        using var peer = client;
        var address = server.RemoteEndPoint!.ToString()!;
        var (id, closed) = Forget(StreamTransport.FromSocket(server));
        server = null; // the transport has it
        await CollectUntilAsync(closed);
        await AssertEndedAsync(peer);
        for (var i = 0; i < 3; i++) Collect();
        var line = Assert.Single(ErrorOutput.LinesWith(id));
        if (kind == "TCP") Assert.Contains(address, line, StringComparison.Ordinal);
        Assert.Contains("CloseAsync", line, StringComparison.Ordinal);
    }

    [Fact]
    public async Task One_of_a_pair_in_memory_resets_the_other()
    {
        var (id, peer) = ForgetOneOfAPair();
        await using var closing = peer;
        await CollectUntilAsync(() => ErrorOutput.LinesWith(id).Count > 0);
        await Assert.ThrowsAsync<IOException>(() => peer.ReadAsync(1).Within());
        Assert.Single(ErrorOutput.LinesWith(id));
    }

    [Theory]
    [InlineData("close")]
    [InlineData("abort")]
    [InlineData("dispose")]
    [InlineData("dispose and wait")]
    public async Task One_that_is_closed_in_whatever_way_is_not_reported(string how)
    {
        var (id, gone) = await CloseAndForgetAsync(how);
        await CollectUntilAsync(() => !gone.TryGetTarget(out _));
        Assert.Empty(ErrorOutput.LinesWith(id));
    }

    [Fact]
    public async Task One_that_the_peer_has_broken_is_released_and_not_reported()
    {
        var transport = new ScriptedTransport();
        var id = await BreakAndForgetAsync(transport);
        await CollectUntilAsync(() => transport.Disposals > 0);
        Assert.Empty(ErrorOutput.LinesWith(id));
        Assert.Single(transport.Aborts);
    }

    [Fact]
    public async Task One_with_a_read_under_way_on_a_socket_is_not_collected()
    {
        var (client, server) = await Streams.TcpPairAsync();
        using var peer = client;
        var (id, reading) = ReadAndForget(StreamTransport.FromSocket(server));
        server = null;
        for (var i = 0; i < 3; i++) Collect();
        Assert.Empty(ErrorOutput.LinesWith(id));
        await peer.SendAsync("line\n"u8.ToArray()).Within();
        Assert.Equal("line\n", (await reading.Within()).ToText());
    }

    [Fact]
    public async Task What_was_written_before_is_swept_first()
    {
        var (client, server) = await StreamPairs.UnixPairAsync();
        using var peer = client;
        WriteAndForget(StreamTransport.FromSocket(server));
        server = null;
        for (var i = 0; i < 3; i++) Collect();
        var buffer = new byte[10];
        Assert.Equal(7, await peer.ReceiveAsync(buffer).Within());
    }

    [Fact]
    public async Task What_a_read_has_lent_is_not_given_to_others()
    {
        var (line, disposed) = await LendAndForgetAsync();
        await CollectUntilAsync(disposed);
        var blocks = Enumerable.Range(0, 200).Select(_ => System.Buffers.ArrayPool<byte>.Shared.Rent(4096)).ToList();
        foreach (var block in blocks) block.AsSpan().Fill((byte)'x');
        Assert.Equal("line\n", line.ToText());
        foreach (var block in blocks) System.Buffers.ArrayPool<byte>.Shared.Return(block);
    }

    [Fact]
    public async Task It_lets_go_of_a_file_that_it_was_sending()
    {
        using var sample = new SampleFile(100);
        var file = sample.Open();
        var handle = file.SafeFileHandle;
        SendAndForget(file);
        await file.DisposeAsync();
        await CollectUntilAsync(() => handle.IsClosed);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static ConnectionStream Open(StreamTransport transport) =>
        ConnectionStream.Create(transport, new ConnectionStreamOptions { Id = $"collected-{Interlocked.Increment(ref _ids)}." });

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static (string Id, Func<bool> IsClosed) Forget(StreamTransport transport)
    {
        var id = Open(transport).Id;
        return (id, () => ErrorOutput.LinesWith(id).Count > 0);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static (string Id, ConnectionStream Peer) ForgetOneOfAPair()
    {
        var (client, server) = ConnectionStream.CreatePair();
        return (client.Id, server);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static async Task<(string Id, WeakReference<ConnectionStream> Gone)> CloseAndForgetAsync(string how)
    {
        var stream = Open(new ScriptedTransport());
        if (how == "close") await stream.CloseAsync().Within();
        else if (how == "abort") stream.Abort();
        else if (how == "dispose") stream.Dispose();
        else await stream.DisposeAsync().Within();
        return (stream.Id, new WeakReference<ConnectionStream>(stream));
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static async Task<string> BreakAndForgetAsync(ScriptedTransport transport)
    {
        transport.Fail(new IOException("reset"));
        var stream = Open(transport);
        await Assert.ThrowsAsync<IOException>(() => stream.ReadAsync(1).Within());
        return stream.Id;
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static (string Id, Task<byte[]> Reading) ReadAndForget(StreamTransport transport)
    {
        var stream = Open(transport);
        return (stream.Id, stream.ReadLineAsync().AsTask());
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void WriteAndForget(StreamTransport transport) => Open(transport).Write("written"u8);

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static async Task<(ReadOnlyMemory<byte> Line, Func<bool> IsReleased)> LendAndForgetAsync()
    {
        var transport = new ScriptedTransport();
        transport.Arrive("line\n");
        return (await Open(transport).BorrowLineAsync(), () => transport.Disposals > 0);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void SendAndForget(FileStream file)
    {
        var stream = Open(new ScriptedTransport { HoldsSends = true });
        stream.Write("first"u8);
        _ = stream.SendFileAsync(file).AsTask();
    }

    private static void Collect()
    {
        GC.Collect();
        GC.WaitForPendingFinalizers();
    }

    private static async Task CollectUntilAsync(Func<bool> done)
    {
        var limit = System.Diagnostics.Stopwatch.StartNew();
        while (!done())
        {
            Assert.True(limit.Elapsed < TimeSpan.FromSeconds(30), "It was not collected.");
            Collect();
            await Task.Yield();
        }
    }

    /// <summary>The peer sees a reset, or the end: which finalizer comes first is the runtime's business.</summary>
    private static async Task AssertEndedAsync(Socket peer)
    {
        try
        {
            Assert.Equal(0, await peer.ReceiveAsync(new byte[1]).Within());
        }
        catch (SocketException e)
        {
            Assert.Equal(SocketError.ConnectionReset, e.SocketErrorCode);
        }
    }
}
