namespace Kestrel.Streams.Tests;

/// <summary>The journal sample as a process behind a proxy, which is started, stopped and started again at one port, with one file.</summary>
public sealed class JournalHost : IAsyncDisposable
{
    private readonly Place _place = new(Network.Tcp);
    private Peer? _process;

    public JournalHost() => _place.ReservePort();

    public int Port => _place.Port;

    /// <summary>What clients were told that it is kept: the address of each, and the line.</summary>
    public async Task<IReadOnlyList<string>> ReadAsync() => await File.ReadAllLinesAsync(_place.FileAt("journal"));

    /// <summary>What starts the sample with a journal at a place and some addresses to listen on.</summary>
    public static IReadOnlyList<string> Command(Place place, params IEnumerable<string> addresses) =>
    [
        SampleProgram.Host, SampleProgram.PathOf("Journal"), $"--File={place.FileAt("journal")}",
        .. addresses.Select(static (address, index) => $"--Streams:Servers:journal:Endpoints:{index}:Url={address}"),
    ];

    public async Task StartAsync()
    {
        var command = Command(_place, $"tcp://127.0.0.1:{Port}");
        _process = await Peer.StartAsync(
            command[0], [.. command.Skip(1), "--Streams:Servers:journal:ProxyProtocol:Enabled=true"], static async process => await process.LineAsync("Serving on "));
    }

    /// <summary>Asks it to end, and waits for that.</summary>
    public async Task StopAsync()
    {
        await _process!.SignalAsync("TERM");
        // It says so only when it has told every client what it has kept.
        await _process.LineAsync("has closed: ");
        await _process.SucceedAsync();
        await _process.DisposeAsync();
        _process = null;
    }

    public async ValueTask DisposeAsync()
    {
        if (_process is not null) await _process.DisposeAsync();
        _place.Dispose();
    }
}
