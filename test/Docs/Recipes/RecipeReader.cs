using System.Net;
using System.Net.Sockets;
using System.Text.RegularExpressions;

namespace Kestrel.Streams.Tests;

/// <summary>Whoever follows a page, in a folder of his own. What he changes is the ports, which could be somebody else's.</summary>
internal sealed partial class RecipeReader(DotnetTool dotnet) : IAsyncDisposable
{
    /// <summary>The programs beside dotnet that pages use.</summary>
    private static readonly string[] _programs = ["curl", "nc", "openssl", "python3", "socat"];

    private static readonly string[] _ports = ["8888", "5080"];

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("ks-recipe");
    private readonly List<Terminal> _terminals = [];

    public async Task FollowAsync(Recipe recipe)
    {
        var types = recipe.Steps.OfType<TypeStep>().ToList();
        foreach (var program in _programs.Where(program => types.Exists(type => Words().Matches(type.Commands).Any(word => word.Value == program))))
            Programs.PathOf(program);

        var ports = _ports.Index().ToDictionary(static port => port.Item, static port => FreePort(20_000 + (6000 * port.Index)));
        foreach (var step in recipe.Steps)
        {
            try
            {
                await DoAsync(step, text => ports.Aggregate(text, static (all, port) => all.Replace(port.Key, port.Value, StringComparison.Ordinal)));
            }
            catch (Exception e) when (e is not InvalidDataException)
            {
                throw new InvalidOperationException($"{recipe.Page}:{step.Line} {e.Message}\n\n{string.Join("\n", _terminals)}", e);
            }
        }
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var terminal in _terminals) await terminal.DisposeAsync();
        _folder.Delete(recursive: true);
    }

    private async Task DoAsync(RecipeStep step, Func<string, string> withPorts)
    {
        switch (step)
        {
            case SaveStep save:
                var file = Path.Combine(_folder.FullName, save.File);
                Assert.True(Directory.Exists(Path.GetDirectoryName(file)), $"Nothing on the page has made the folder of {save.File}.");
                await File.WriteAllTextAsync(file, withPorts(save.Text) + "\n");
                break;
            case TypeStep type:
                var commands = withPorts(type.Commands);
                await dotnet.PrepareAsync(_folder.FullName, commands);
                var terminal = new Terminal(commands, _folder.FullName, dotnet.Environment);
                _terminals.Add(terminal);
                if (!type.GoesOn) await terminal.EndsAsync(type.Shown is null ? null : withPorts(type.Shown)).Within(dotnet.Patience);
                else if (type.Shown is not null) await terminal.ShowsAsync(withPorts(type.Shown)).Within(dotnet.Patience);
                break;
            case LookStep look:
                var seen = _terminals.Last(terminal => terminal.Commands.Contains(withPorts(look.Commands), StringComparison.Ordinal));
                if (look.Interrupts) await seen.InterruptAsync();
                await (look.Interrupts ? seen.EndsAsync(withPorts(look.Shown)) : seen.ShowsAsync(withPorts(look.Shown))).Within(dotnet.Patience);
                break;
        }
    }

    // All are below those that the system gives to whoever asks for any port, so that nobody is given it meanwhile.
    private static string FreePort(int from)
    {
        while (true)
        {
            var port = Random.Shared.Next(from, from + 6000);
            using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            try
            {
                socket.Bind(new IPEndPoint(IPAddress.Loopback, port));
                return $"{port}";
            }
            catch (SocketException)
            {
                // Somebody has it: the next one.
            }
        }
    }

    [GeneratedRegex(@"[\w.-]+", RegexOptions.None, 1000)]
    private static partial Regex Words();
}
