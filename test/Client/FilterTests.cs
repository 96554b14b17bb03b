using System.Diagnostics;
using System.Reflection;
using System.Text.RegularExpressions;

namespace Kestrel.Streams.Tests;

/// <summary>sample/Filter between the pipes of a shell.</summary>
[Collection(Descriptors.TakeTurns)]
public sealed partial class FilterTests
{
    private static readonly string _program = typeof(FilterTests).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>()
        .Single(attribute => attribute.Key == "FilterProgram").Value!;

    [Fact]
    public async Task A_hundred_million_bytes_pass_to_the_last_one()
    {
        var (output, _, _) = await RunAsync("yes | head -c 100000000 | $FILTER | wc -c");

        Assert.Equal("100000000", output.Trim());
    }

    [Theory]
    [InlineData("printf 'one\\ntwo' | $FILTER", "one\ntwo")]
    [InlineData("printf '' | $FILTER", "")]
    [InlineData("$FILTER </dev/null", "")]
    [InlineData("f=$(mktemp); printf 'one\\ntwo' >$f; $FILTER <$f; rm $f", "one\ntwo")]
    [InlineData("f=$(mktemp); printf 'one\\ntwo' | $FILTER >$f; cat $f; rm $f", "one\ntwo")]
    [InlineData("printf 'one\\ntwo\\ntwenty' | $FILTER tw", "two\ntwenty")]
    [InlineData("(printf 'a tw'; head -c 100000 /dev/zero; printf '\\ntwo\\n') | $FILTER | wc -c", "100009\n")]
    public async Task What_comes_is_passed_on(string command, string expected)
    {
        var (output, error, code) = await RunAsync(command);

        Assert.Equal((expected, "", 0), (output, error, code));
    }

    [Fact]
    public async Task A_line_over_the_limit_is_left_out_and_said()
    {
        var (output, error, code) = await RunAsync("(printf 'a tw'; head -c 100000 /dev/zero; printf '\\ntwo\\n') | $FILTER tw");

        Assert.Equal(("two\n", "A line longer than 65536 bytes is left out.\n", 1), (output, error, code));
    }

    [Theory]
    [InlineData("")]
    [InlineData("y")]
    public async Task A_reader_that_is_gone_ends_it_quietly(string word)
    {
        var (output, error, _) = await RunAsync($"yes 2>/dev/null | ($FILTER {word}; echo \"exit $?\" >&2) | head -1");

        Assert.Equal(("y\n", "exit 0\n"), (output, error));
    }

    [Fact]
    public async Task A_reader_that_is_gone_ends_it_while_there_is_nothing_to_pass_on()
    {
        // The input goes on until the shell is told that the filter has ended.
        await using var filter = new RunningFilter(reader: "head -1");
        filter.Input.WriteLine("one");

        Assert.Equal("one", await filter.Output.ReadLineAsync().Within());
        await filter.ExitedAsync();
    }

    [Fact]
    public async Task What_comes_is_passed_on_at_once_and_waiting_costs_nothing()
    {
        await using var filter = new RunningFilter(reader: "cat");
        filter.Input.WriteLine("one");
        Assert.Equal("one", await filter.Output.ReadLineAsync().Within());
        var before = filter.ProcessorTime();
        using var second = new PeriodicTimer(TimeSpan.FromSeconds(1));
        await second.WaitForNextTickAsync(TestContext.Current.CancellationToken);

        var used = filter.ProcessorTime() - before;

        // A loop that asks again and again would have used the whole second.
        Assert.InRange(used, TimeSpan.Zero, TimeSpan.FromMilliseconds(300));
        filter.Input.WriteLine("two");
        Assert.Equal("two", await filter.Output.ReadLineAsync().Within());
        filter.Input.Close();
        await filter.ExitedAsync();
    }

    private static Process Start(string command)
    {
        var dotnet = Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") ?? "dotnet";
        return Process.Start(new ProcessStartInfo("sh", ["-c", $"FILTER='{dotnet} {_program}'; {command}"])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            UseShellExecute = false,
        })!;
    }

    private static async Task<(string Output, string Error, int ExitCode)> RunAsync(string command)
    {
        using var shell = Start(command);
        try
        {
            var error = shell.StandardError.ReadToEndAsync();
            var output = await shell.StandardOutput.ReadToEndAsync().Within();
            await shell.WaitForExitAsync().Within();
            return (output, await error.Within(), shell.ExitCode);
        }
        finally
        {
            if (!shell.HasExited)
                shell.Kill(entireProcessTree: true);
        }
    }

    [GeneratedRegex(@"^filter (?<id>\d+)$", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex FilterId();

    /// <summary>A filter whose input stays open, with its reader behind it.</summary>
    private sealed class RunningFilter(string reader) : IAsyncDisposable
    {
        private readonly Process _shell = Start(
            $"(sh -c 'echo \"filter $$\" >&2; exec \"$@\"' sh $FILTER; echo \"exit $?\" >&2) | {reader}");

        private int _id;

        public StreamWriter Input
        {
            get
            {
                _shell.StandardInput.AutoFlush = true;
                return _shell.StandardInput;
            }
        }

        public StreamReader Output => _shell.StandardOutput;

        public TimeSpan ProcessorTime()
        {
            if (_id == 0) _id = int.Parse(FilterId().Match(_shell.StandardError.ReadLine()!).Groups["id"].Value);
            using var filter = Process.GetProcessById(_id);
            return filter.TotalProcessorTime;
        }

        /// <summary>The filter has ended, and well.</summary>
        public async Task ExitedAsync()
        {
            var said = await _shell.StandardError.ReadToEndAsync().Within();
            Assert.EndsWith("exit 0\n", said, StringComparison.Ordinal);
            await _shell.WaitForExitAsync().Within();
        }

        public async ValueTask DisposeAsync()
        {
            if (!_shell.HasExited)
                _shell.Kill(entireProcessTree: true);
            await _shell.WaitForExitAsync().Within();
            _shell.Dispose();
        }
    }
}
