// TlsEchoServer PORT streams|sslstream|pipereader
//
// An echo over TLS on 127.0.0.1:PORT, three times: our server, written as the README tells users to write one; SslStream over
// NetworkStream, which echoes what it reads; and the same with lines, as PipeReader finds them. All with one kind of certificate.
using System.Net.Security;
using Kestrel.Streams;
using Kestrel.Streams.Bench;

if (args is not [var port, "streams" or "sslstream" or "pipereader"])
{
    Console.Error.WriteLine("usage: TlsEchoServer PORT streams|sslstream|pipereader");
    return 1;
}

using var certificate = DevelopmentCertificate.Create();
var tls = new SslServerAuthenticationOptions { ServerCertificate = certificate };
if (args[1] != "streams")
{
    await ByHand.ServeAsync(int.Parse(port), tls, args[1] == "sslstream" ? ByHand.EchoBytesAsync : ByHand.EchoLinesAsync);
    return 0;
}

await using var server = new StreamServer(EchoLines, "127.0.0.1", int.Parse(port), new StreamServerOptions { Tls = tls, Backlog = 512 });
await server.ServeForeverAsync();
return 0;

static async Task EchoLines(ConnectionStream stream)
{
    await foreach (var line in stream.BorrowLinesAsync())
    {
        stream.Write(line.Span);
        await stream.DrainAsync();
    }
}
