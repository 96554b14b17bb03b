// A filter: dotnet run --project sample/Filter [word] passes on the lines that contain the word, or everything, byte for byte.
using System.Net.Sockets;
using System.Text;
using Kestrel.Streams;
using Microsoft.Win32.SafeHandles;

try
{
    await using var input = await StreamClient.ConnectReadPipeAsync(new SafeFileHandle(0, ownsHandle: false));
    await using var output = await OpenOutputAsync();
    if (args is [var word, ..]) return await PassLinesAsync(input, output, Encoding.UTF8.GetBytes(word));
    await PassAllAsync(input, output);
    return 0;
}
catch (OperationCanceledException)
{
    return 0; // nobody reads any more, as in "| head -1": seen while there was nothing to write
}
catch (IOException error) when (error.InnerException is SocketException { SocketErrorCode: SocketError.Shutdown })
{
    return 0; // the same, seen by a write
}
catch (Exception error) when (error is IOException or ArgumentException)
{
    Console.Error.WriteLine(error.Message);
    return 1;
}

static async Task<ConnectionStream> OpenOutputAsync()
{
    try
    {
        return await StreamClient.ConnectWritePipeAsync(new SafeFileHandle(1, ownsHandle: false));
    }
    catch (ArgumentException)
    {
        return await StreamClient.ConnectWritePipeAsync(Console.OpenStandardOutput()); // "> file": no pipe, but a Stream will do
    }
}

static async Task PassAllAsync(ConnectionStream input, ConnectionStream output)
{
    while (await input.BorrowAsync(output.Closed) is { IsEmpty: false } some)
        await output.WriteAsync(some);
}

static async Task<int> PassLinesAsync(ConnectionStream input, ConnectionStream output, byte[] word)
{
    var tooLong = 0;
    while (true)
    {
        try
        {
            await foreach (var line in input.BorrowLinesAsync(output.Closed))
            {
                if (line.Span.IndexOf(word) < 0) continue;
                output.Write(line.Span); // many lines that came together leave together
                await output.DrainAsync();
            }

            await output.FlushAsync();
            return Math.Min(tooLong, 1);
        }
        catch (LimitOverrunException error)
        {
            tooLong++;
            Console.Error.WriteLine($"A line longer than {error.Limit} bytes is left out.");
            await input.SkipLineAsync(output.Closed);
        }
    }
}
