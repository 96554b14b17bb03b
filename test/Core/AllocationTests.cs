namespace Kestrel.Streams.Tests;

/// <summary>In a steady state the borrowed path, writes and drains allocate nothing; the owned path allocates the array it returns.</summary>
[Collection(StalledSweeper.Alone)]
public sealed class AllocationTests
{
    // Less than one byte: not one object in 24 operations.
    private const double Nothing = 0.99;

    // Where threads meet, the runtime's pool of state machines now and then has none at hand. The smallest object has 24 bytes, so half of
    // that for each operation is none for most of them.
    private const double NothingBetweenThreads = 12;

    private static readonly byte[] _line = [.. Enumerable.Repeat((byte)'x', 62), (byte)'\r', (byte)'\n'];

    // The header and the length of an array, and its bytes.
    private static double OneArray => (3 * IntPtr.Size) + _line.Length + Nothing;

    public AllocationTests() => Allocations.SkipWithoutOptimizer();

    public static TheoryData<string> Wires => ["memory", "TCP"];

    [Fact]
    public async Task A_borrowed_line_that_is_buffered_allocates_nothing()
    {
        await using var stream = Streams.Over(new EndlessTransport(_line));
        Allocations.AtMost(Nothing, count =>
        {
            for (var i = 0; i < count; i++) AtOnce(stream.BorrowLineAsync(), _line.Length);
        });
    }

    [Fact]
    public async Task A_whole_line_that_is_looked_for_allocates_nothing()
    {
        await using var stream = Streams.Over(new EndlessTransport(_line));
        Allocations.AtMost(Nothing, count =>
        {
            for (var i = 0; i < count; i++)
            {
                if (!stream.TryBorrowLine(out var line)) AtOnce(stream.BorrowLineAsync(), _line.Length);
                else Check(line.Length == _line.Length);
            }
        });
    }

    [Fact]
    public async Task A_borrowed_line_of_a_loop_allocates_nothing()
    {
        await using var stream = Streams.Over(new EndlessTransport(_line));
        await using var lines = stream.BorrowLinesAsync().GetAsyncEnumerator();
        Allocations.AtMost(Nothing, count =>
        {
            for (var i = 0; i < count; i++) Check(AtOnce(lines.MoveNextAsync()));
        });
    }

    [Fact]
    public async Task A_borrowed_record_allocates_nothing()
    {
        await using var stream = Streams.Over(new EndlessTransport(_line));
        Allocations.AtMost(Nothing, count =>
        {
            for (var i = 0; i < count; i++) AtOnce(stream.BorrowUntilAsync("\r\n"u8), _line.Length);
        });
    }

    [Fact]
    public async Task A_borrowed_count_allocates_nothing()
    {
        await using var stream = Streams.Over(new EndlessTransport(_line));
        Allocations.AtMost(Nothing, count =>
        {
            for (var i = 0; i < count; i++) AtOnce(stream.BorrowExactlyAsync(_line.Length), _line.Length);
        });
    }

    [Fact]
    public async Task A_line_that_is_read_allocates_its_array_alone()
    {
        await using var stream = Streams.Over(new EndlessTransport(_line));
        Allocations.AtMost(OneArray, count =>
        {
            for (var i = 0; i < count; i++) Check(AtOnce(stream.ReadLineAsync()).Length == _line.Length);
        });
    }

    [Fact]
    public async Task A_drain_that_does_not_wait_allocates_nothing()
    {
        await using var stream = Streams.Over(new EndlessTransport(_line));
        Allocations.AtMost(Nothing, count =>
        {
            for (var i = 0; i < count; i++)
            {
                var drain = stream.DrainAsync();
                Check(drain.IsCompletedSuccessfully);
                drain.GetAwaiter().GetResult();
            }
        });
    }

    [Fact]
    public async Task A_write_allocates_nothing()
    {
        // On all threads: what is unsent leaves on another one as well.
        await using var stream = Streams.Over(new EndlessTransport(_line));
        await Allocations.AtMostAsync(Nothing, count =>
        {
            for (var i = 0; i < count; i++) stream.Write(_line);
            return Task.CompletedTask;
        });
    }

    [Theory]
    [MemberData(nameof(Wires))]
    public async Task A_borrowed_line_that_had_to_wait_allocates_nothing(string wire)
    {
        var (stream, peer) = await StreamPairs.CreateAsync(wire);
        await using var _ = stream;
        await using var __ = peer;
        await Allocations.AtMostAsync(NothingBetweenThreads, async count =>
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
        });
    }

    [Theory]
    [MemberData(nameof(Wires))]
    public async Task A_line_that_had_to_wait_and_is_read_allocates_its_array_alone(string wire)
    {
        var (stream, peer) = await StreamPairs.CreateAsync(wire);
        await using var _ = stream;
        await using var __ = peer;
        await Allocations.AtMostAsync(OneArray + NothingBetweenThreads, async count =>
        {
            for (var i = 0; i < count; i++)
            {
                var read = stream.ReadLineAsync();
                await peer.WriteAsync(_line);
                Check((await read).Length == _line.Length);
            }
        });
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
        await Allocations.AtMostAsync(NothingBetweenThreads, async count =>
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
        });
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
}
