namespace Kestrel.Streams.Tests;

/// <summary>Each block of a receive buffer comes back once, and none that somebody may still be looking at.</summary>
public sealed class ReceiveBufferReturnTests : IDisposable
{
    private readonly Ledger _ledger = Ledger.Open();
    private readonly ReceiveBuffer _buffer = new();

    [Fact]
    public async Task What_was_grown_beside_a_loan_comes_back_at_the_release_and_the_lent_block_does_not()
    {
        _buffer.Append(new byte[4096]);
        var lent = Taken.Borrowed(_buffer.Lend(1000)).Block!;
        _buffer.Append(new byte[100_000]);
        Assert.Equal(2, WatchedPool.Instance.Out);

        _buffer.Release();

        Assert.True(WatchedPool.Instance.GiveUp(lent));
        await _ledger.SettleAsync();
    }

    [Fact]
    public async Task A_block_that_is_lent_does_not_come_back_at_the_release()
    {
        _buffer.Append(new byte[4096]);
        var lent = Taken.Borrowed(_buffer.Lend(1000)).Block!;

        _buffer.Release();

        Assert.True(WatchedPool.Instance.GiveUp(lent));
        await _ledger.SettleAsync();
    }

    [Fact]
    public async Task An_outgrown_block_comes_back_when_its_loan_ends()
    {
        _buffer.Append(new byte[4096]);
        var lent = Taken.Borrowed(_buffer.Lend(1000)).Block!;
        _buffer.Append(new byte[100_000]);
        _buffer.Append(new byte[300_000]);
        Assert.True(WatchedPool.Instance.IsOut(lent));

        _buffer.EndLoan();

        Assert.False(WatchedPool.Instance.IsOut(lent));
        _buffer.Release();
        await _ledger.SettleAsync();
    }

    public void Dispose() => _ledger.Dispose();
}
