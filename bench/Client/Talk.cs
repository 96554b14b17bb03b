using System.Net;
using System.Net.Sockets;

namespace Kestrel.Streams.Bench;

/// <summary>One client in conversation with the echo.</summary>
internal abstract class Talk(Settings settings)
{
    private long _operations;

    /// <summary>Lines that have come back so far.</summary>
    public long Operations => Volatile.Read(ref _operations);

    protected Settings Settings => settings;

    protected byte[] Line { get; } = settings.CreateLine();

    protected IPEndPoint Server { get; } = new(IPAddress.Loopback, settings.Port);

    public static Talk Create(Settings settings) => settings.Kind switch
    {
        "streams" => new BorrowTalk(settings),
        "streams-owned" => new OwnedTalk(settings),
        "socket" => new SocketTalk(settings),
        "tls" => new TlsTalk(settings),
        "websocket" => new WebSocketTalk(settings),
        "churn" => new ChurnTalk(settings),
        _ => throw new ArgumentException($"There is no client \"{settings.Kind}\"; give streams, streams-owned, socket, tls, websocket or churn.", nameof(settings)),
    };

    /// <summary>Talks until it is told to stop. It ends with its turn.</summary>
    public abstract Task RunAsync(CancellationToken stop);

    protected async Task<Socket> ConnectAsync()
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        await socket.ConnectAsync(Server);
        return socket;
    }

    /// <summary>So many lines have come back.</summary>
    protected void Count(int lines) => Volatile.Write(ref _operations, _operations + lines);

    /// <summary>Throws when a line is not the one that was sent.</summary>
    protected void Check(int length)
    {
        if (length != settings.LineLength)
            throw new InvalidDataException($"A line of {length} bytes came back, not of {settings.LineLength}.");
    }
}
