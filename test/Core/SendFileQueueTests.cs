using System.IO.Pipes;

namespace Kestrel.Streams.Tests;

/// <summary>What a file does in the queue of the writes, step by step, and which calls are refused.</summary>
public sealed class SendFileQueueTests : IDisposable
{
    private const int Size = 100_000;

    private readonly SampleFile _sample = new(Size);
    private readonly FileStream _file;

    public SendFileQueueTests() => _file = _sample.Open();

    public void Dispose()
    {
        _file.Dispose();
        _sample.Dispose();
    }

    [Fact]
    public async Task What_is_buffered_goes_before_and_the_call_is_done_when_all_has_left()
    {
        var transport = new ScriptedTransport { HoldsSends = true };
        await using var stream = Streams.Over(transport);
        stream.Write("before"u8);
        var sending = stream.SendFileAsync(_file).AsTask();
        var behind = stream.WriteAsync("behind"u8).AsTask();
        Assert.Equal("before", await NextAsync(transport));
        Assert.Equal("send 65536", await NextLogAsync(transport));
        Assert.False(sending.IsCompleted);
        Assert.Equal($"send {Size - 65536}", await NextLogAsync(transport));
        await sending.Within();
        Assert.Equal("behind", await NextAsync(transport));
        await behind.Within();
        Assert.Equal([.. "before"u8, .. _sample.Content, .. "behind"u8], transport.Sent);
        Assert.Empty(transport.BrokenPromises);
    }

    [Fact]
    public async Task The_kernel_sends_what_it_takes_and_a_small_copy_waits_for_room()
    {
        var offsets = new List<long>();
        var rooms = new Queue<long>([10_000, 0, 20_000, 0, 0, 1_000_000]);
        var transport = new ScriptedTransport { Tries = true, HoldsSends = true };
        transport.OnTryFile = (offset, count) =>
        {
            offsets.Add(offset);
            return Math.Min(count, rooms.Dequeue());
        };
        await using var stream = Streams.Over(transport);
        var sending = stream.SendFileAsync(_file, 1000).AsTask();
        for (var i = 0; i < 3; i++)
        {
            var send = await transport.NextSendAsync();
            Assert.Equal(_sample.Content.AsSpan((int)offsets[^1], 4096), send.Data.Span);
            Assert.False(sending.IsCompleted);
            send.Complete();
        }

        await sending.Within();
        Assert.Equal([1000, 11_000, 15_096, 35_096, 39_192, 43_288], offsets);
        Assert.Empty(rooms);
        Assert.Empty(transport.BrokenPromises);
    }

    [Fact]
    public async Task A_long_file_is_sent_in_pieces_and_the_caller_has_its_thread_back_after_the_first()
    {
        using var sample = new SampleFile(3_000_000);
        await using var file = sample.Open();
        var counts = new List<long>();
        using var goOn = new ManualResetEventSlim();
        var transport = new ScriptedTransport { Tries = true };
        transport.OnTryFile = (_, count) =>
        {
            counts.Add(count);
            if (counts.Count > 1) Assert.True(goOn.Wait(TimeSpan.FromSeconds(30)));
            return count;
        };
        await using var stream = Streams.Over(transport);
        var sending = stream.SendFileAsync(file).AsTask();
        Assert.False(sending.IsCompleted);
        goOn.Set();
        await sending.Within();
        Assert.Equal([1 << 20, 1 << 20, 3_000_000 - (2 << 20)], counts);
    }

    [Fact]
    public async Task A_short_one_is_done_at_once()
    {
        var transport = new ScriptedTransport { Tries = true, OnTryFile = (_, count) => count };
        await using var stream = Streams.Over(transport);
        Assert.True(stream.SendFileAsync(_file).AsTask().IsCompletedSuccessfully);
        Assert.True(stream.WriteAsync("next"u8).AsTask().IsCompletedSuccessfully);
        Assert.Equal("next", transport.Sent.ToText());
    }

    [Fact]
    public async Task It_counts_as_unsent_until_it_has_left()
    {
        var transport = new ScriptedTransport { HoldsSends = true };
        await using var stream = Streams.Over(transport);
        var sending = stream.SendFileAsync(_file).AsTask();
        var drain = stream.DrainAsync().AsTask();
        var send = await transport.NextSendAsync();
        Assert.False(drain.IsCompleted);
        send.Complete();
        send = await transport.NextSendAsync();
        Assert.False(drain.IsCompleted);
        send.Complete();
        await drain.Within();
        await sending.Within();
    }

    [Fact]
    public async Task Cancelled_in_the_queue_none_of_it_is_sent()
    {
        var transport = new ScriptedTransport { HoldsSends = true };
        await using var stream = Streams.Over(transport);
        using var source = new CancellationTokenSource();
        var first = stream.WriteAsync("first"u8).AsTask();
        var sending = stream.SendFileAsync(_file, cancellationToken: source.Token).AsTask();
        var next = stream.WriteAsync("next"u8).AsTask();
        await source.CancelAsync();
        await sending.ThrowsCancelledAsync(source.Token);
        Assert.True(stream.DrainAsync().AsTask().IsCompletedSuccessfully);
        Assert.Equal("first", await NextAsync(transport));
        Assert.Equal("next", await NextAsync(transport));
        await Task.WhenAll(first, next).Within();
        Assert.Equal("firstnext", transport.Sent.ToText());
    }

    [Fact]
    public async Task Cancelled_while_the_kernel_is_at_it_it_ends_with_that_piece()
    {
        var began = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        using var goOn = new ManualResetEventSlim();
        var tries = 0;
        var transport = new ScriptedTransport { Tries = true };
        transport.OnTryFile = (_, _) =>
        {
            if (++tries == 1) return 500;
            began.SetResult();
            Assert.True(goOn.Wait(TimeSpan.FromSeconds(30)));
            return 500;
        };
        await using var stream = Streams.Over(transport);
        using var source = new CancellationTokenSource();
        var sending = stream.SendFileAsync(_file, cancellationToken: source.Token).AsTask();
        await began.Task.Within();
        // Neither waits for the disk: another call, and the cancellation.
        var next = stream.WriteAsync("next"u8).AsTask();
        await source.CancelAsync();
        Assert.False(sending.IsCompleted);
        goOn.Set();
        await sending.ThrowsCancelledAsync(source.Token);
        await next.Within();
        Assert.Equal("next", transport.Sent.ToText());
        Assert.Equal(2, tries);
    }

    [Fact]
    public async Task A_token_that_fires_after_the_close_does_not_cut_what_is_still_sent()
    {
        var transport = new ScriptedTransport { HoldsSends = true };
        var stream = Streams.Over(transport);
        using var source = new CancellationTokenSource();
#pragma warning disable CA2012 // consumed once, but late: until then the token is registered
        var sending = stream.SendFileAsync(_file, cancellationToken: source.Token);
#pragma warning restore CA2012
        var close = stream.CloseAsync().AsTask();
        await source.CancelAsync();
        await sending.ThrowsClosedAsync();
        await NextLogAsync(transport);
        await NextLogAsync(transport);
        await close.Within();
        Assert.Equal(_sample.Content, transport.Sent);
        Assert.Empty(transport.Aborts);
    }

    [Fact]
    public async Task A_file_that_becomes_shorter_tells_the_numbers()
    {
        var transport = new ScriptedTransport { HoldsSends = true };
        await using var stream = Streams.Over(transport);
        var sending = stream.SendFileAsync(_file, 10).AsTask();
        _sample.SetLength(20);
        await NextLogAsync(transport);
        var fault = await Assert.ThrowsAsync<IOException>(() => sending.Within());
        Assert.Contains($"before byte {Size}, and the {Size - 10 - 65536} bytes from {65546} on", fault.Message, StringComparison.Ordinal);
        transport.HoldsSends = false;
        await stream.WriteAsync("next"u8).Within();
        Assert.Equal("next", transport.Sent[^4..].ToText());
    }

    [Fact]
    public async Task A_file_that_becomes_shorter_after_the_close_is_no_whole_answer()
    {
        var transport = new ScriptedTransport { HoldsSends = true };
        var stream = Streams.Over(transport);
        var sending = stream.SendFileAsync(_file).AsTask();
        var close = stream.CloseAsync().AsTask();
        await sending.ThrowsClosedAsync();
        _sample.SetLength(20);
        (await transport.NextSendAsync()).Complete();
        await close.Within();
        Assert.Single(transport.Aborts);
    }

    [Fact]
    public async Task A_transport_that_fails_is_a_fault_of_the_connection()
    {
        var reset = new IOException("reset");
        var transport = new ScriptedTransport { Tries = true, OnTryFile = (_, _) => throw reset };
        await using var stream = Streams.Over(transport);
        await stream.SendFileAsync(_file).ThrowsFaultAsync(reset);
        Assert.True(stream.Closed.IsCancellationRequested);
    }

    [Fact]
    public async Task Arguments_that_do_not_fit_are_refused_and_nothing_is_sent()
    {
        var transport = new ScriptedTransport();
        await using var stream = Streams.Over(transport);
        Assert.Equal("file", Assert.Throws<ArgumentNullException>(() => { _ = stream.SendFileAsync(null!).AsTask(); }).ParamName);
        foreach (var (offset, count, name) in new (long, long?, string)[]
                 {
                     (-1, null, "offset"), (0, -1, "count"), (Size + 1, null, "offset"), (Size + 1, 0, "offset"), (0, Size + 1, "count"),
                     (Size, 1, "count"), (1, long.MaxValue, "count"), (long.MaxValue, 1, "offset"),
                 })
        {
            var refused = Assert.Throws<ArgumentOutOfRangeException>(() => { _ = stream.SendFileAsync(_file, offset, count).AsTask(); });
            Assert.Equal(name, refused.ParamName);
        }

        Assert.Empty(transport.Log);
    }

    [Fact]
    public async Task What_is_no_open_regular_file_is_refused()
    {
        await using var stream = Streams.Over(new ScriptedTransport());
        await using var writeOnly = new FileStream(Path.Combine(Path.GetDirectoryName(_sample.Path)!, "other"), FileMode.Create, FileAccess.Write);
        await using var pipe = new AnonymousPipeServerStream(PipeDirection.In);
        await using var notRegular = new FileStream(
            new Microsoft.Win32.SafeHandles.SafeFileHandle(pipe.SafePipeHandle.DangerousGetHandle(), ownsHandle: false), FileAccess.Read);
        var closed = _sample.Open();
        await closed.DisposeAsync();
        foreach (var file in new[] { writeOnly, notRegular, closed })
            Assert.Equal("file", Assert.Throws<ArgumentException>(() => { _ = stream.SendFileAsync(file).AsTask(); }).ParamName);
    }

    [Fact]
    public async Task Where_nothing_can_be_written_it_throws_as_a_write_and_holds_no_file()
    {
        var handle = _file.SafeFileHandle;
        await using var readOnly = Streams.Over(new ScriptedTransport { Ways = StreamMode.Read });
        await Assert.ThrowsAsync<NotSupportedException>(() => readOnly.SendFileAsync(_file).Within());
        var ended = Streams.Over(new ScriptedTransport());
        await ended.WriteEofAsync().Within();
        await Assert.ThrowsAsync<InvalidOperationException>(() => ended.SendFileAsync(_file).Within());
        await ended.CloseAsync().Within();
        await ended.SendFileAsync(_file).ThrowsClosedAsync();
        await using var open = Streams.Over(new ScriptedTransport());
        await open.SendFileAsync(_file, 5, 0).Within();
        await open.SendFileAsync(_file).Within();
        await _file.DisposeAsync();
        Assert.True(handle.IsClosed);
    }

    private static async Task<string> NextAsync(ScriptedTransport transport)
    {
        var send = await transport.NextSendAsync();
        var text = send.Data.ToText();
        send.Complete();
        return text;
    }

    private static async Task<string> NextLogAsync(ScriptedTransport transport)
    {
        var send = await transport.NextSendAsync();
        var entry = transport.Log[^1];
        send.Complete();
        return entry;
    }
}
