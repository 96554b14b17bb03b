using System.Net;
using System.Net.Sockets;
using System.Text.RegularExpressions;

namespace Kestrel.Streams.Tests;

public sealed class WorkerTests : IDisposable
{
    /// <summary>As sample/Collector: each line once in a file, on the disk before the answer.</summary>
    private const string PythonCollector = """
        import asyncio, os, sys

        port, path = int(sys.argv[1]), sys.argv[2]
        file = open(path, 'ab+')
        file.seek(0)
        whole = file.read().rpartition(b'\n')
        file.truncate(len(whole[0] + whole[1]))
        last = {}
        for line in whole[0].splitlines():
            run, number, _ = line.split(b' ', 2)
            last[run] = int(number)

        async def collect(reader, writer):
            run = (await reader.readline()).strip()
            while len(line := await reader.readline()) > 1:
                number = int(line.split(b' ')[0])
                if number > last.get(run, 0):
                    file.write(run + b' ' + line)
                    file.flush()
                    os.fsync(file.fileno())
                    last[run] = number
                    print(line.decode().strip(), flush=True)
                writer.write(b'%d\n' % number)
                await writer.drain()
            writer.close()

        async def main():
            server = await asyncio.start_server(collect, '127.0.0.1', port)
            print('Collecting on 127.0.0.1:%d' % port, flush=True)
            await server.serve_forever()

        asyncio.run(main())
        """;

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("worker-");
    // Bound and not listening: refuses, is nobody else's, and does not keep out a server that asks for the port by number.
    private readonly Socket _reservation = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);

    public WorkerTests() => _reservation.Bind(new IPEndPoint(IPAddress.Loopback, 0));

    private int Port => ((IPEndPoint)_reservation.LocalEndPoint!).Port;

    private string Collected => Path.Combine(_folder.FullName, "collected.txt");

    [Theory]
    [InlineData("sample")]
    [InlineData("python3")]
    public async Task No_line_is_lost_and_none_is_doubled_while_the_server_is_killed_and_started_again(string collector)
    {
        await using var worker = Worker("--Interval=00:00:00.002");
        for (var round = 0; round < 5; round++)
        {
            await using var server = await CollectorAsync(collector);
            for (var line = 0; line < 50; line++)
                await server.ReadLineAsync();
        } // disposing is SIGKILL

        await using var last = await CollectorAsync(collector);
        await last.ReadLineAsync();
        _ = last.ReadToEndAsync(); // so that it does not wait for somebody to read what it prints
        var (code, output, error) = await worker.InterruptAsync();
        Assert.Equal((0, ""), (code, error));
        var end = Regex.Match(output, @"(?<count>\d+) readings are written, 0 are not\.", RegexOptions.ExplicitCapture, TimeSpan.FromSeconds(1));
        Assert.True(end.Success, output);
        var written = int.Parse(end.Groups["count"].Value);
        Assert.True(written > 250, $"{written} lines");
        Assert.Equal(Enumerable.Range(1, written), (await File.ReadAllLinesAsync(Collected)).Select(line => int.Parse(line.Split(' ')[1])));
    }

    [Fact]
    public async Task Where_there_is_no_server_it_says_what_it_waits_for_and_stops_when_it_is_told()
    {
        await using var worker = Worker("--Interval=00:00:00.01");
        Assert.EndsWith(
            $"Waiting for a collector at tcp://127.0.0.1:{Port}. If there is none, start one: dotnet run --project sample/Collector",
            await worker.ReadUntilAsync("Reporter"),
            StringComparison.Ordinal);
        Assert.Contains(
            $"Could not connect to 127.0.0.1:{Port}: Connection refused. Attempt 2 of 10 follows in ", await worker.ReadUntilAsync("Client"), StringComparison.Ordinal);
        await worker.ReadUntilAsync("Attempt 3 of 10");
        var (code, output, error) = await worker.InterruptAsync();
        Assert.Equal((0, ""), (code, error));
        Assert.Matches(@"Reporter\[0\] 0 readings are written, \d+ are not\.", output);
    }

    [Fact]
    public async Task A_server_that_reads_and_does_not_answer_does_not_hold_up_its_end()
    {
        _reservation.Listen();
        await using var worker = Worker("--Interval=00:00:00.01");
        using var silent = await _reservation.AcceptAsync().Within();
        await worker.ReadUntilAsync("Connected to");
        var (code, output, error) = await worker.InterruptAsync();
        Assert.Equal((0, ""), (code, error));
        Assert.Matches(@"Reporter\[0\] 0 readings are written, \d+ are not\.", output);
    }

    [Fact]
    public async Task A_server_that_answers_nonsense_is_given_up_and_tried_again()
    {
        _reservation.Listen();
        await using var worker = Worker("--Interval=00:00:00.01");
        using var wrong = await _reservation.AcceptAsync().Within();
        await wrong.SendAsync("99\n"u8.ToArray()).Within();
        await worker.ReadUntilAsync("The collector answered '99', which is not the number of the oldest reading.");
        using var again = await _reservation.AcceptAsync().Within();
    }

    [Fact]
    public async Task Wrong_settings_are_a_line_each_and_no_stack_trace()
    {
        await using var worker = RunningProgram.Sample("Worker", "--Streams:Clients:collector:Url=tcp://localhost", "--Streams:Clients:collector:Limti=1");
        var (code, output, error) = await worker.EndAsync();
        var lines = error.TrimEnd('\n').Split('\n');
        Assert.Equal((1, "", 2), (code, output, lines.Length));
        Assert.Equal("Streams:Clients:collector:Url is 'tcp://localhost': it has no port, write tcp://localhost:port.", lines[0]);
        Assert.StartsWith("Streams:Clients:collector:Limti is not known: write AddressFamily, ", lines[1], StringComparison.Ordinal);
    }

    [Fact]
    public async Task It_needs_no_ASP_NET_Core() => Assert.DoesNotContain(
        "AspNetCore", await File.ReadAllTextAsync(Path.ChangeExtension(RunningProgram.PathOfSample("Worker"), "runtimeconfig.json")), StringComparison.Ordinal);

    public void Dispose()
    {
        _reservation.Dispose();
        _folder.Delete(recursive: true);
    }

    private RunningProgram Worker(params string[] arguments) =>
        RunningProgram.Sample("Worker", [$"--Streams:Clients:collector:Url=tcp://127.0.0.1:{Port}", .. arguments]);

    private async Task<RunningProgram> CollectorAsync(string kind)
    {
        var collector = kind == "sample"
            ? RunningProgram.Sample("Collector", $"{Port}", Collected)
            : RunningProgram.Start(kind, "-c", PythonCollector, $"{Port}", Collected);
        Assert.Equal($"Collecting on 127.0.0.1:{Port}", await collector.ReadLineAsync());
        return collector;
    }
}
