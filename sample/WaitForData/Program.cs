// Waits for data on a socket that is connected already, as on Python's asyncio page: dotnet run --project sample/WaitForData
using System.Net;
using System.Net.Sockets;
using System.Text;
using Kestrel.Streams;

var (rsock, wsock) = await CreateSocketPairAsync();

// Register the open socket to wait for data: from here on it belongs to the stream.
await using (var stream = await StreamClient.ConnectAsync(rsock))
{
    var waiting = stream.ReadAsync(100).AsTask();

    // Simulate the reception of data from the network.
    await wsock.SendAsync("abc"u8.ToArray());

    // Got data, we are done: close the socket.
    Console.WriteLine($"Received: {Encoding.UTF8.GetString(await waiting)}");
}

// Close the second socket.
wsock.Close();

// .NET has no socketpair(): a listener that takes one connection makes one.
static async Task<(Socket, Socket)> CreateSocketPairAsync()
{
    using var listener = new Socket(SocketType.Stream, ProtocolType.Tcp);
    listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
    listener.Listen();
    var connecting = new Socket(SocketType.Stream, ProtocolType.Tcp);
    await connecting.ConnectAsync(listener.LocalEndPoint!);
    return (connecting, await listener.AcceptAsync());
}
