using System.Text;
using Kestrel.Streams;

namespace StreamServer._1;

/// <summary>
/// A protocol of lines: <c>HELLO name</c> is answered with a greeting, <c>QUIT</c> ends the conversation. Each connection has a handler of
/// its own, whose constructor is given services. When it returns the connection is closed, when it throws it is aborted.
/// </summary>
public sealed class GreetingHandler(ILogger<GreetingHandler> log) : StreamHandler(new ConnectionStreamOptions { Limit = LongestLine })
{
    private const int LongestLine = 512;

    protected override async Task HandleAsync(ConnectionStream stream, CancellationToken stopping)
    {
        await stream.WriteAsync("220 ready\n");
        try
        {
            // A stop of the server ends the input: what has come is answered.
            while (await stream.ReadLineAsync(Encoding.UTF8) is { } line)
            {
                switch (line.Split(' ', 2))
                {
                    case ["HELLO", { Length: > 0 } name]:
                        log.LogInformation("Greeting a visitor from {Peer}.", stream.RemoteEndPoint);
                        await stream.WriteAsync($"250 Hello, {name}!\n");
                        break;
                    case ["QUIT"]:
                        await stream.WriteAsync("221 Goodbye.\n");
                        return;
                    default:
                        await stream.WriteAsync("500 Say HELLO and your name, or QUIT.\n");
                        break;
                }
            }
        }
        catch (LimitOverrunException)
        {
            await stream.WriteAsync($"500 A line may have {LongestLine} bytes.\n");
        }

        if (stopping.IsCancellationRequested) await stream.WriteAsync("421 The server stops.\n");
    }
}
