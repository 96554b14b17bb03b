using System.Net;
using System.Net.Sockets;

namespace Kestrel.Streams.Tests;

/// <summary>Streams to test, and what they throw.</summary>
internal static class Streams
{
    public static ConnectionStream Over(StreamTransport transport, int limit = ConnectionStream.DefaultLimit) =>
        ConnectionStream.Create(transport, new ConnectionStreamOptions { Limit = limit });

    /// <summary>A stream whose whole input is there, and then its end.</summary>
    public static ConnectionStream With(string input, int limit = ConnectionStream.DefaultLimit)
    {
        var transport = new ScriptedTransport();
        if (input.Length > 0) transport.Arrive(input);
        transport.ArriveEnd();
        return Over(transport, limit);
    }

    public static async Task<(Socket Client, Socket Server)> TcpPairAsync()
    {
        using var listener = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        listener.Listen();
        var client = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        await client.ConnectAsync(listener.LocalEndPoint!).Within();
        return (client, await listener.AcceptAsync().Within());
    }

    public static Task<ObjectDisposedException> ThrowsClosedAsync(this Task task) =>
        Assert.ThrowsAsync<ObjectDisposedException>(() => task.Within());

    public static Task<ObjectDisposedException> ThrowsClosedAsync(this ValueTask task) => ThrowsClosedAsync(task.AsTask());

    public static Task<ObjectDisposedException> ThrowsClosedAsync<T>(this ValueTask<T> task) => ThrowsClosedAsync(task.AsTask());

    /// <summary>A fault of the world, with what the transport threw inside.</summary>
    public static async Task ThrowsFaultAsync(this Task task, Exception inner)
    {
        var fault = await Assert.ThrowsAsync<IOException>(() => task.Within());
        Assert.Same(inner, fault.InnerException);
    }

    public static Task ThrowsFaultAsync(this ValueTask task, Exception inner) => ThrowsFaultAsync(task.AsTask(), inner);

    public static Task ThrowsFaultAsync<T>(this ValueTask<T> task, Exception inner) => ThrowsFaultAsync(task.AsTask(), inner);

    /// <summary>A cancellation with the very token of the call.</summary>
    public static async Task ThrowsCancelledAsync(this Task task, CancellationToken token)
    {
        var cancelled = await Assert.ThrowsAnyAsync<OperationCanceledException>(() => task.Within());
        Assert.Equal(token, cancelled.CancellationToken);
    }

    public static Task ThrowsCancelledAsync(this ValueTask task, CancellationToken token) => ThrowsCancelledAsync(task.AsTask(), token);

    public static Task ThrowsCancelledAsync<T>(this ValueTask<T> task, CancellationToken token) => ThrowsCancelledAsync(task.AsTask(), token);

    /// <summary>It ends, in time, with any error at all; a wait that is too long is none.</summary>
    public static async Task<Exception> FailsAsync(this Task task)
    {
        await Task.WhenAny(task).Within(what: "the end of the call");
        return await Assert.ThrowsAnyAsync<Exception>(() => task);
    }
}
