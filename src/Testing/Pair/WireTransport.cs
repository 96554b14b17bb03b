using System.Net;

namespace Kestrel.Streams.Testing;

/// <summary>One end of two wires.</summary>
internal sealed class WireTransport : StreamTransport
{
    private readonly Wire _input;
    private readonly Wire _output;
    private readonly EndPoint? _local;
    private readonly EndPoint? _remote;
    private readonly Dictionary<string, object> _facts;

    public WireTransport(Wire input, Wire output, EndPoint? local, EndPoint? remote, Dictionary<string, object> facts)
    {
        (_input, _output, _local, _remote, _facts) = (input, output, local, remote, facts);
        BreakWhenReset();
    }

    public override bool CanWriteEof => true;

    public override bool CanTrySend => true;

    public override EndPoint? LocalEndPoint => _local;

    public override EndPoint? RemoteEndPoint => _remote;

    public override object? GetExtraInfo(string name) => _facts.GetValueOrDefault(name) ?? base.GetExtraInfo(name);

    public override async ValueTask<int> ReceiveAsync(Memory<byte> buffer, CancellationToken cancellationToken)
    {
        while (true)
        {
            var changed = _input.Changed;
            var count = _input.Receive(buffer.Span);
            BreakWhenReset();
            if (count >= 0) return count;
            await changed.WaitAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    public override int TrySend(ReadOnlySpan<byte> data) => _output.Send(data);

    public override async ValueTask SendAsync(ReadOnlyMemory<byte> data, CancellationToken cancellationToken)
    {
        while (true)
        {
            var changed = _output.Changed;
            data = data[_output.Send(data.Span)..];
            if (data.IsEmpty) return;
            await changed.WaitAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    public override ValueTask SendEofAsync(CancellationToken cancellationToken)
    {
        _output.End();
        return ValueTask.CompletedTask;
    }

    public override void Abort(Exception? reason)
    {
        _input.Break();
        _output.Break();
    }

    public override ValueTask DisposeAsync()
    {
        _output.End();
        _input.Break();
        return ValueTask.CompletedTask;
    }

    private void BreakWhenReset()
    {
        if (_input.IsReset) Abort(null);
    }
}
