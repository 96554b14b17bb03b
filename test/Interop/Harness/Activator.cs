using System.Text;

namespace Kestrel.Streams.Tests;

/// <summary>A parent that holds listening sockets and starts the journal sample with them, as a service manager does.</summary>
public sealed class Activator : IAsyncDisposable
{
    private readonly Peer _parent;

    private Activator(Peer parent, IReadOnlyList<string> places)
    {
        _parent = parent;
        Places = places;
    }

    /// <summary>Where the sockets listen: a port or a path each.</summary>
    public IReadOnlyList<string> Places { get; }

    /// <summary>Makes the sockets, <c>name=port</c> or <c>name=path</c> each; the program with these addresses is not started yet.</summary>
    public static async Task<Activator> ListenAsync(Place place, IReadOnlyCollection<string> sockets, params IEnumerable<string> addresses)
    {
        var parent = Peer.Start("python3", [Path.Combine(AppContext.BaseDirectory, "peers", "activator.py"), .. sockets, "--", .. JournalHost.Command(place, addresses)]);
        var places = new List<string>();
        foreach (var _ in sockets) places.Add(await parent.ReadLineAsync());
        return new Activator(parent, places);
    }

    /// <summary>Starts the program; it serves.</summary>
    public async Task StartAsync()
    {
        await SayAsync("start\n");
        await _parent.LineAsync("Serving on ");
    }

    /// <summary>Starts the program, which says why it does not serve.</summary>
    public async Task<string> StartInVainAsync()
    {
        await SayAsync("start\n");
        return await _parent.ErrorLineAsync("Cannot listen on ");
    }

    /// <summary>Ends the program in order.</summary>
    public async Task StopAsync()
    {
        await SayAsync("stop\n");
        Assert.Equal("ended with 0", await _parent.LineAsync("ended with "));
    }

    public Task<ConnectionStream> ConnectAsync(int index = 0) => Places[index].StartsWith('/')
        ? StreamClient.ConnectUnixAsync(Places[index]).Within()
        : StreamClient.ConnectAsync("127.0.0.1", int.Parse(Places[index], System.Globalization.CultureInfo.InvariantCulture)).Within();

    public ValueTask DisposeAsync() => _parent.DisposeAsync();

    private Task SayAsync(string order) => _parent.SendAsync(Encoding.ASCII.GetBytes(order));
}
