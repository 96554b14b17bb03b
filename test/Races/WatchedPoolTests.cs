namespace Kestrel.Streams.Tests;

/// <summary>The pool of the races sees what it is there to see.</summary>
public class WatchedPoolTests
{
    private readonly WatchedPool _pool = new();

    [Fact]
    public void A_block_that_goes_out_and_comes_back_is_no_fault()
    {
        var block = _pool.Rent(100);
        Assert.True(block.Length >= 100);
        Assert.False(block.AsSpan().ContainsAnyExcept(WatchedPool.Fresh));
        Assert.Equal(1, _pool.Out);
        block.AsSpan().Clear();
        _pool.Return(block);
        Assert.Equal(0, _pool.Out);
        Assert.False(block.AsSpan().ContainsAnyExcept(WatchedPool.Stale));
        Assert.Same(block, _pool.Rent(100));
        Assert.Empty(_pool.TakeFaults());
    }

    [Fact]
    public void A_block_that_comes_back_twice_is_seen_and_does_not_go_out_twice()
    {
        var block = _pool.Rent(100);
        _pool.Return(block);
        _pool.Return(block);
        Assert.Contains("had come back before", Assert.Single(_pool.TakeFaults()), StringComparison.Ordinal);
        Assert.NotSame(_pool.Rent(100), _pool.Rent(100));
    }

    [Fact]
    public void A_block_of_somebody_else_is_seen()
    {
        _pool.Return(new byte[128]);
        Assert.Contains("not of this pool", Assert.Single(_pool.TakeFaults()), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_write_after_the_return_is_seen(bool goesOutAgain)
    {
        var block = _pool.Rent(100);
        _pool.Return(block);
        block[77] = 1;
        if (goesOutAgain) Assert.Same(block, _pool.Rent(100));
        Assert.Contains("written at 77", Assert.Single(_pool.TakeFaults()), StringComparison.Ordinal);
        Assert.Empty(_pool.TakeFaults());
    }

    [Fact]
    public void A_block_that_is_given_up_is_not_out_and_must_not_come_back()
    {
        var block = _pool.Rent(100);
        Assert.True(_pool.GiveUp(block));
        Assert.False(_pool.GiveUp(block));
        Assert.Equal((0, 1), (_pool.Out, _pool.GivenUp));
        _pool.Return(block);
        Assert.Single(_pool.TakeFaults());
    }
}
