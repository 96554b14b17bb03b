using System.Buffers;
using System.Net;
using System.Net.Sockets;
using System.Net.WebSockets;
using System.Runtime.CompilerServices;

namespace Kestrel.Streams;

/// <summary>
/// Over a WebSocket, of either side. It carries binary messages, whose boundaries mean nothing; the peer's Close frame is the end of the
/// input, and ours the end of the output.
/// </summary>
/// <param name="socket">The WebSocket, which belongs to the transport.</param>
/// <param name="cut">Ends at once what carries the WebSocket; not called any more when the transport is released.</param>
/// <param name="facts">What is known about the connection, under the names of <see cref="GetExtraInfo"/>.</param>
/// <param name="isGone">Whether the connection is gone, where a send would not show it.</param>
/// <param name="goingAway">When it has fired, the Close frame says that this end goes away, and not that all is said.</param>
internal sealed class WebSocketTransport(
    WebSocket socket, Action cut, IReadOnlyDictionary<string, object> facts, Func<bool>? isGone = null, CancellationToken goingAway = default)
    : StreamTransport
{
    /// <summary>The most that goes into a message that is only tried.</summary>
    private const int MessageSize = 16 * 1024;

    /// <summary>How long the peer has for its answer to our Close frame.</summary>
    private static readonly TimeSpan _answerTime = TimeSpan.FromSeconds(5);

    private readonly ArrayPool<byte> _pool = BlockPool.Current;
    private readonly Lock _gate = new();
    private readonly TaskCompletionSource _outputEnded = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _released = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private Task _sending = Task.CompletedTask;
    private Task _refusing = Task.CompletedTask;
    private bool _inputEnded;
    private bool _over;
    private int _releasing;

    // A send would keep the memory of a caller that has given up: a WebSocket does not survive the cancelling of a send.
    public override bool CanTrySend => true;

    public override EndPoint? LocalEndPoint => facts.GetValueOrDefault("sockname") as EndPoint;

    public override EndPoint? RemoteEndPoint => facts.GetValueOrDefault("peername") as EndPoint;

    public override object? GetExtraInfo(string name) => facts.GetValueOrDefault(name);

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public override async ValueTask<int> ReceiveAsync(Memory<byte> buffer, CancellationToken cancellationToken)
    {
        while (!_inputEnded)
        {
            var received = await ReceiveSomeAsync(buffer).ConfigureAwait(false);
            if (received.MessageType == WebSocketMessageType.Text) throw RefuseText();
            _inputEnded = received.MessageType == WebSocketMessageType.Close;
            // A receive into nothing comes back at the head of a message; one that is empty is over with that.
            if (received.Count > 0 || (buffer.IsEmpty && !received.EndOfMessage)) return received.Count;
        }

        return 0;
    }

    public override int TrySend(ReadOnlySpan<byte> data)
    {
        var total = 0;
        while (_sending.IsCompleted)
        {
            _sending.GetAwaiter().GetResult();
            if (total == data.Length) break;
            var count = Math.Min(data.Length - total, MessageSize);
            var message = _pool.Rent(count);
            data.Slice(total, count).CopyTo(message);
            total += count;
            var sending = SendMessageAsync(message.AsMemory(0, count), message);
            if (!sending.IsCompletedSuccessfully) _sending = sending.AsTask().Observed();
        }

        return total;
    }

    public override async ValueTask SendAsync(ReadOnlyMemory<byte> data, CancellationToken cancellationToken)
    {
        await _sending.ConfigureAwait(false);
        await SendMessageAsync(data, rented: null).ConfigureAwait(false);
    }

    public override void Abort(Exception? reason)
    {
        Cut();
        socket.Abort();
    }

    public override ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _releasing, 1) == 0) _ = ReleaseAsync().Observed();
        return new ValueTask(_released.Task);
    }

    /// <summary>Our Close frame says the end; the peer's answer is the business of the release.</summary>
    internal override Task WaitOutputEndedAsync(Task release) => _outputEnded.Task;

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<ValueWebSocketReceiveResult> ReceiveSomeAsync(Memory<byte> buffer)
    {
        try
        {
            // No token: one that fires would be the end of the WebSocket.
            return await socket.ReceiveAsync(buffer, CancellationToken.None).ConfigureAwait(false);
        }
        catch (Exception e)
        {
            throw Broken(e);
        }
    }

    private async ValueTask SendMessageAsync(ReadOnlyMemory<byte> message, byte[]? rented)
    {
        try
        {
            if (isGone?.Invoke() == true) throw new SocketException((int)SocketError.ConnectionReset);
            await socket.SendAsync(message, WebSocketMessageType.Binary, endOfMessage: true, CancellationToken.None).ConfigureAwait(false);
        }
        catch (Exception e)
        {
            throw Broken(e);
        }
        finally
        {
            if (rented is not null) _pool.Return(rented);
        }
    }

    /// <summary>Text is not for a stream of bytes: the peer is told so, and the connection is of no use any more.</summary>
    private ProtocolViolationException RefuseText()
    {
        _refusing = socket.CloseOutputAsync(
            WebSocketCloseStatus.InvalidMessageType, "Only binary messages are taken here.", CancellationToken.None).Observed();
        return new ProtocolViolationException("the peer has sent a text message and was refused with status 1003, because only binary messages are taken");
    }

    private async Task ReleaseAsync()
    {
        try
        {
            await SayEndAsync().ConfigureAwait(false);
            _outputEnded.TrySetResult();
            if (socket.State == WebSocketState.Closed) return; // the peer's Close frame came first
            using var limit = new CancellationTokenSource(_answerTime);
            // Receives, and drops, until the peer's Close frame: a kernel that closes a socket with unread input resets the connection.
            await socket.CloseAsync(WebSocketCloseStatus.NormalClosure, null, limit.Token).ConfigureAwait(false);
        }
        catch (Exception)
        {
            // Broken, aborted, or a peer that says no end of its own: nobody is there to be told.
            Cut();
        }
        finally
        {
            lock (_gate) _over = true;
            socket.Dispose();
            _outputEnded.TrySetResult();
            _released.TrySetResult();
        }
    }

    private async Task SayEndAsync()
    {
        await _sending.ConfigureAwait(false);
        await _refusing.ConfigureAwait(false);
        if (socket.State is not (WebSocketState.Open or WebSocketState.CloseReceived)) return;
        var (status, reason) = goingAway.IsCancellationRequested
            ? (WebSocketCloseStatus.EndpointUnavailable, "The server stops.")
            : (WebSocketCloseStatus.NormalClosure, null);
        await socket.CloseOutputAsync(status, reason, CancellationToken.None).ConfigureAwait(false);
    }

    private void Cut()
    {
        lock (_gate)
        {
            if (!_over) cut();
        }
    }

    /// <summary>What the world broke shows as the error of a socket, as it does on the other transports.</summary>
    private static SocketException Broken(Exception error)
    {
        for (var inner = error; inner is not null; inner = inner.InnerException)
        {
            if (inner is SocketException broken) return broken;
        }

        return new SocketException(
            (int)SocketError.ConnectionReset,
            error is WebSocketException { WebSocketErrorCode: WebSocketError.ConnectionClosedPrematurely }
                ? "the WebSocket was cut without the peer's Close frame, and what was received may be incomplete"
                : error.Message);
    }
}
