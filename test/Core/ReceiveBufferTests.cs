using System.Buffers;
using System.Runtime.InteropServices;

namespace Kestrel.Streams.Tests;

public class ReceiveBufferTests
{
    [Theory]
    [InlineData("\n")]
    [InlineData("--")]
    [InlineData("--\n")]
    public void What_was_searched_is_not_searched_again(string separator)
    {
        var buffer = new ReceiveBuffer();
        var room = buffer.MakeRoom(100, 100);
        room.Span.Fill((byte)'x');
        buffer.Commit(50);
        Assert.Equal(-1, buffer.IndexOf(separator.ToBytes()));
        // A separator that appears where the search has been shows whether it goes there again.
        separator.ToBytes().CopyTo(room.Span[10..]);
        Assert.Equal(-1, buffer.IndexOf(separator.ToBytes()));
        separator.ToBytes().CopyTo(room.Span[60..]);
        buffer.Commit(50);
        Assert.Equal(60, buffer.IndexOf(separator.ToBytes()));
    }

    [Fact]
    public void A_separator_whose_begin_was_seen_is_found_when_its_rest_comes()
    {
        var buffer = new ReceiveBuffer();
        buffer.Append("ab-"u8);
        Assert.Equal(-1, buffer.IndexOf("--="u8));
        buffer.Append("-"u8);
        Assert.Equal(-1, buffer.IndexOf("--="u8));
        buffer.Append("=tail"u8);
        Assert.Equal(2, buffer.IndexOf("--="u8));
    }

    [Fact]
    public void What_is_consumed_moves_the_place_searched_to()
    {
        var buffer = new ReceiveBuffer();
        buffer.Append("aaaa"u8);
        Assert.Equal(-1, buffer.IndexOf("\n"u8));
        buffer.Consume(3);
        buffer.Append("\n"u8);
        Assert.Equal(1, buffer.IndexOf("\n"u8));
        buffer.Consume(2);
        buffer.Append("\n"u8);
        Assert.Equal(0, buffer.IndexOf("\n"u8));
    }

    [Fact]
    public void An_empty_one_holds_no_block()
    {
        var buffer = new ReceiveBuffer();
        var block = BlockOf(buffer.MakeRoom(1000, 1000));
        buffer.Commit(3);
        buffer.ReleaseIfEmpty();
        Assert.Same(block, BlockOf(buffer.MakeRoom(1, 1000)));
        buffer.Consume(3);
        buffer.ReleaseIfEmpty();
        Assert.Equal(0, buffer.Length);
        // The pool gives a thread back what it has returned last.
        Assert.Same(block, ArrayPool<byte>.Shared.Rent(1000));
    }

    [Fact]
    public void A_block_that_is_lent_is_not_given_back()
    {
        var buffer = new ReceiveBuffer();
        buffer.Append("lent"u8);
        var lent = buffer.Lend(4);
        buffer.ReleaseIfEmpty();
        Assert.Same(BlockOf(lent), BlockOf(buffer.MakeRoom(1, 100)));
        Assert.Equal("lent", lent.ToText());
    }

    [Fact]
    public void Growing_leaves_what_is_lent_alone_and_gives_it_back_when_the_loan_ends()
    {
        var buffer = new ReceiveBuffer();
        buffer.Append("lent-kept"u8);
        var lent = buffer.Lend(4);
        var first = BlockOf(lent);
        buffer.Append(new byte[5000]);
        buffer.Append(new byte[50_000]);
        Assert.Equal("lent", lent.ToText());
        Assert.Equal("-kept"u8, buffer.Unread[..5]);
        Assert.Equal(55_005, buffer.Length);
        buffer.EndLoan();
        Assert.Same(first, ArrayPool<byte>.Shared.Rent(first.Length));
        buffer.EndLoan();
    }

    [Fact]
    public void Released_while_lent_the_block_goes_to_nobody()
    {
        var buffer = new ReceiveBuffer();
        buffer.Append("lent"u8);
        var lent = buffer.Lend(4);
        buffer.Release();
        Assert.NotSame(BlockOf(lent), ArrayPool<byte>.Shared.Rent(BlockOf(lent).Length));
        Assert.Equal(0, buffer.Length);
    }

    [Fact]
    public void Room_is_never_beyond_the_capacity_but_at_least_one_byte()
    {
        var buffer = new ReceiveBuffer();
        Assert.Equal(10, buffer.MakeRoom(4096, 10).Length);
        buffer.Commit(10);
        Assert.Equal(1, buffer.MakeRoom(4096, 10).Length);
        buffer.Consume(4);
        Assert.Equal(4, buffer.MakeRoom(4096, 10).Length);
    }

    [Fact]
    public void Room_is_made_in_front_before_the_block_grows()
    {
        var buffer = new ReceiveBuffer();
        var block = BlockOf(buffer.MakeRoom(16, 16));
        buffer.Commit(block.Length);
        block.AsSpan().Fill((byte)'x');
        block[^1] = (byte)'y';
        buffer.Consume(block.Length - 1);
        Assert.Same(block, BlockOf(buffer.MakeRoom(8, 1000)));
        Assert.Equal("y"u8, buffer.Unread);
    }

    [Fact]
    public void Nothing_can_be_taken_lent_and_appended()
    {
        var buffer = new ReceiveBuffer();
        Assert.Empty(buffer.Take(0));
        Assert.True(buffer.Lend(0).IsEmpty);
        buffer.Append([]);
        Assert.True(buffer.Unread.IsEmpty);
        Assert.Equal(-1, buffer.IndexOf("\n"u8));
        buffer.Release();
    }

    private static byte[] BlockOf(ReadOnlyMemory<byte> memory) =>
        MemoryMarshal.TryGetArray(memory, out var array) ? array.Array! : throw new InvalidOperationException("no array");
}
