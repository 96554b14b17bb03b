using System.IO.Pipelines;
using System.Net.Sockets;
using System.Threading.Channels;

namespace Kestrel.Streams.Tests;

/// <summary>
/// A transport as a user may write one: each piece the peer sends is one receive, so that every cut arrives as it was made. It notes
/// every promise of the stream to its transport that is not kept.
/// </summary>
internal sealed class HandMadeTransport(int room = 65536) : StreamTransport
{
    private readonly Channel<byte[]> _input = Channel.CreateUnbounded<byte[]>();
    private readonly Pipe _output = new(new PipeOptions(
        pauseWriterThreshold: room, resumeWriterThreshold: Math.Max(room / 2, 1), useSynchronizationContext: false));

    private readonly Lock _gate = new();
    private readonly List<string> _broken = [];
    private ReadOnlyMemory<byte> _rest;
    private int _receives;
    private int _sends;
    private long _received;
    private bool _ended;
    private bool _gone;

    public override bool CanWriteEof => true;

    /// <summary>The promises that were not kept.</summary>
    public IReadOnlyList<string> Broken
    {
        get
        {
            lock (_gate)
                return [.. _broken];
        }
    }

    /// <summary>The bytes that the stream has received so far.</summary>
    public long Received => Interlocked.Read(ref _received);

    public ChannelWriter<byte[]> ToStream => _input.Writer;

    public PipeReader FromStreamReader => _output.Reader;

    public override async ValueTask<int> ReceiveAsync(Memory<byte> buffer, CancellationToken cancellationToken)
    {
        Check(Interlocked.Increment(ref _receives) == 1, "two receives at once");
        try
        {
            ObjectDisposedException.ThrowIf(_gone, this);
            if (_rest.IsEmpty)
            {
                if (!await _input.Reader.WaitToReadAsync(cancellationToken) || buffer.IsEmpty)
                    return 0;
                if (!_input.Reader.TryRead(out byte[]? piece))
                    return 0;
                _rest = piece;
            }

            int count = Math.Min(buffer.Length, _rest.Length);
            _rest[..count].CopyTo(buffer);
            _rest = _rest[count..];
            Interlocked.Add(ref _received, count);
            return count;
        }
        finally
        {
            Interlocked.Decrement(ref _receives);
        }
    }

    public override async ValueTask SendAsync(ReadOnlyMemory<byte> data, CancellationToken cancellationToken)
    {
        Check(Interlocked.Increment(ref _sends) == 1, "two sends at once");
        Check(!_ended, "a send after the end of the output");
        Check(!data.IsEmpty, "an empty send");
        try
        {
            ValueTask<FlushResult> flushing;
            lock (_gate)
            {
                ObjectDisposedException.ThrowIf(_gone, this);
                flushing = _output.Writer.WriteAsync(data, cancellationToken);
            }

            FlushResult result = await flushing;
            if (result.IsCompleted || result.IsCanceled)
                throw new SocketException((int)SocketError.ConnectionReset);
        }
        finally
        {
            Interlocked.Decrement(ref _sends);
        }
    }

    public override ValueTask SendEofAsync(CancellationToken cancellationToken)
    {
        Check(!_ended, "a second end of the output");
        Check(Volatile.Read(ref _sends) == 0, "an end of the output beside a send");
        _ended = true;
        EndOutput(null);
        return ValueTask.CompletedTask;
    }

    public override void Abort(Exception? reason)
    {
        _input.Writer.TryComplete(new SocketException((int)SocketError.OperationAborted));
        lock (_gate)
            _gone = true;
        EndOutput(new SocketException((int)SocketError.ConnectionReset));
    }

    public override ValueTask DisposeAsync()
    {
        _input.Writer.TryComplete();
        lock (_gate)
            _gone = true;
        EndOutput(null);
        return ValueTask.CompletedTask;
    }

    private void EndOutput(Exception? reason)
    {
        lock (_gate)
        {
            _output.Writer.CancelPendingFlush();
            _output.Writer.Complete(reason);
        }
    }

    private void Check(bool kept, string what)
    {
        if (kept)
            return;
        lock (_gate)
            _broken.Add(what);
    }
}
