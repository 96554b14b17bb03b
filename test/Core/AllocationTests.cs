namespace Kestrel.Streams.Tests;

/// <summary>In a steady state the borrowed path, writes and drains allocate nothing; the owned path allocates the array it returns.</summary>
[Collection(StalledSweeper.Alone)]
public sealed class AllocationTests
{
    // Where threads meet, the runtime's pool of state machines now and then has none at hand. The smallest object has 24 bytes, so half of
    // that for each operation is none for most of them.
    private const double Waits = 12;

    private static readonly byte[] _line = [.. Enumerable.Repeat((byte)'x', 62), (byte)'\r', (byte)'\n'];

    public AllocationTests() => Allocations.SkipWithoutOptimizer();

    public static TheoryData<string> Wires => ["memory", "TCP"];

    [Fact]
    public async Task A_borrowed_line_that_is_buffered_allocates_nothing()
    {
        await using var stream = Streams.Over(new EndlessTransport(_line));
        AssertNothing(Allocations.Here(count =>
        {
            for (var i = 0; i < count; i++) AtOnce(stream.BorrowLineAsync(), _line.Length);
        }));
    }

    [Fact]
    public async Task A_whole_line_that_is_looked_for_allocates_nothing()
    {
        await using var stream = Streams.Over(new EndlessTransport(_line));
        AssertNothing(Allocations.Here(count =>
        {
            for (var i = 0; i < count; i++)
            {
                if (!stream.TryBorrowLine(out var line)) AtOnce(stream.BorrowLineAsync(), _line.Length);
                else Check(line.Length == _line.Length);
            }
        }));
    }

    [Fact]
    public async Task A_borrowed_line_of_a_loop_allocates_nothing()
    {
        await using var stream = Streams.Over(new EndlessTransport(_line));
        await using var lines = stream.BorrowLinesAsync().GetAsyncEnumerator();
        AssertNothing(Allocations.Here(count =>
        {
            for (var i = 0; i < count; i++) Check(AtOnce(lines.MoveNextAsync()));
        }));
    }

    [Fact]
    public async Task A_borrowed_record_allocates_nothing()
    {
        await using var stream = Streams.Over(new EndlessTransport(_line));
        AssertNothing(Allocations.Here(count =>
        {
            for (var i = 0; i < count; i++) AtOnce(stream.BorrowUntilAsync("\r\n"u8), _line.Length);
        }));
    }

    [Fact]
    public async Task A_borrowed_count_allocates_nothing()
    {
        await using var stream = Streams.Over(new EndlessTransport(_line));
        AssertNothing(Allocations.Here(count =>
        {
            for (var i = 0; i < count; i++) AtOnce(stream.BorrowExactlyAsync(_line.Length), _line.Length);
        }));
    }

    [Fact]
    public async Task A_line_that_is_read_allocates_its_array_alone()
    {
        await using var stream = Streams.Over(new EndlessTransport(_line));
        AssertOneArray(Allocations.Here(count =>
        {
            for (var i = 0; i < count; i++) Check(AtOnce(stream.ReadLineAsync()).Length == _line.Length);
        }));
    }

    [Fact]
    public async Task A_drain_that_does_not_wait_allocates_nothing()
    {
        await using var stream = Streams.Over(new EndlessTransport(_line));
        AssertNothing(Allocations.Here(count =>
        {
            for (var i = 0; i < count; i++)
            {
                var drain = stream.DrainAsync();
                Check(drain.IsCompletedSuccessfully);
                drain.GetAwaiter().GetResult();
            }
        }));
    }

    [Fact]
    public async Task A_write_allocates_nothing()
    {
        // On all threads: what is unsent leaves on another one as well.
        await using var stream = Streams.Over(new EndlessTransport(_line));
        AssertNothing(await Allocations.EverywhereAsync(count =>
        {
            for (var i = 0; i < count; i++) stream.Write(_line);
            return Task.CompletedTask;
        }));
    }

    [Theory]
    [MemberData(nameof(Wires))]
    public async Task A_borrowed_line_that_had_to_wait_allocates_nothing(string wire)
    {
        var (stream, peer) = await StreamPairs.CreateAsync(wire);
        await using var _ = stream;
        await using var __ = peer;
        AssertNothing(await Allocations.EverywhereAsync(async count =>
        {
            var waits = 0;
            for (var i = 0; i < count; i++)
            {
                var read = stream.BorrowLineAsync();
                if (!read.IsCompleted) waits++;
                await peer.WriteAsync(_line);
                Check((await read).Length == _line.Length);
            }

            Assert.Equal(count, waits);
        }), Waits);
    }

    [Theory]
    [MemberData(nameof(Wires))]
    public async Task A_line_that_had_to_wait_and_is_read_allocates_its_array_alone(string wire)
    {
        var (stream, peer) = await StreamPairs.CreateAsync(wire);
        await using var _ = stream;
        await using var __ = peer;
        AssertOneArray(await Allocations.EverywhereAsync(async count =>
        {
            for (var i = 0; i < count; i++)
            {
                var read = stream.ReadLineAsync();
                await peer.WriteAsync(_line);
                Check((await read).Length == _line.Length);
            }
        }), Waits);
    }

    [Theory]
    [MemberData(nameof(Wires))]
    public async Task Lines_that_come_together_and_their_echo_allocate_nothing(string wire)
    {
        const int Together = 50;
        var (stream, peer) = await StreamPairs.CreateAsync(wire);
        await using var _ = stream;
        await using var __ = peer;
        var block = Enumerable.Repeat(_line, Together).SelectMany(line => line).ToArray();
        AssertNothing(await Allocations.EverywhereAsync(async count =>
        {
            for (var i = 0; i < count; i += Together)
            {
                await peer.WriteAsync(block);
                for (var lines = 0; lines < Together; lines++)
                {
                    stream.Write((await stream.BorrowLineAsync()).Span);
                    await stream.DrainAsync();
                }

                await stream.FlushAsync();
                Check((await peer.BorrowExactlyAsync(block.Length)).Length == block.Length);
            }
        }), Waits);
    }

    // An assertion of xunit allocates by itself.
    private static void Check(bool isRight)
    {
        if (!isRight) Assert.Fail("An operation did not do what it is measured for.");
    }

    private static T AtOnce<T>(ValueTask<T> task)
    {
        Check(task.IsCompletedSuccessfully);
        return task.GetAwaiter().GetResult();
    }

    private static void AtOnce(ValueTask<ReadOnlyMemory<byte>> task, int length) => Check(AtOnce(task).Length == length);

    private static void AssertNothing(double bytes, double noise = 1) => Assert.InRange(bytes, 0, noise);

    private static void AssertOneArray(double bytes, double noise = 1)
    {
        var before = GC.GetAllocatedBytesForCurrentThread();
        GC.KeepAlive(new byte[_line.Length]);
        var array = GC.GetAllocatedBytesForCurrentThread() - before;
        Assert.InRange(bytes, array, array + noise);
    }
}
