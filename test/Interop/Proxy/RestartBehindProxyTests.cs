using System.Globalization;
using System.Net;

namespace Kestrel.Streams.Tests;

/// <summary>Hosts that come and go behind a proxy while their clients go on.</summary>
public sealed class RestartBehindProxyTests
{
    private const int Clients = 64;
    private const int Rounds = 10;

    [Fact]
    public async Task Hosts_are_restarted_behind_haproxy_and_no_line_is_lost_or_doubled_and_every_client_has_its_address()
    {
        await using var first = new JournalHost();
        await using var second = new JournalHost();
        JournalHost[] hosts = [first, second];
        await Task.WhenAll(hosts.Select(static host => host.StartAsync()));
        await new HaProxy("", [.. hosts.Select(static host => $"127.0.0.1:{host.Port} send-proxy-v2")]).RunAsync(Network.Tcp, async (place, _) =>
        {
            var clients = Enumerable.Range(1, Clients).Select(number => new JournalClient(number, new IPEndPoint(IPAddress.Loopback, place.Port))).ToArray();
            var running = Task.WhenAll(clients.Select(static client => client.RunAsync()));
            for (var round = 0; round < Rounds; round++)
            {
                await AllGoOnAsync(clients, running);
                await hosts[round % 2].StopAsync();
                await AllGoOnAsync(clients, running);
                await hosts[round % 2].StartAsync();
            }

            await AllGoOnAsync(clients, running);
            Array.ForEach(clients, static client => client.End());
            await running.Within();
            await Task.WhenAll(hosts.Select(static host => host.StopAsync()));

            var journal = (await Task.WhenAll(hosts.Select(static host => host.ReadAsync()))).SelectMany(static lines => lines).Select(Read).ToArray();
            foreach (var client in clients)
            {
                var mine = journal.Where(entry => entry.Client == client.Number).ToArray();
                Assert.Equal(Enumerable.Range(1, (int)client.Kept).Select(static number => (long)number), mine.Select(static entry => entry.Line).Order());
                Assert.All(mine, entry =>
                {
                    Assert.Equal(client.Address, entry.From.Address);
                    Assert.Contains(entry.From.Port, client.Ports);
                });
            }

            // Each client has been at more than one host, or at one more than once.
            Assert.All(clients, static client => Assert.True(client.Ports.Count > 1));
            Assert.Equal(clients.Sum(static client => client.Kept), journal.Length);
        });
    }

    /// <summary>Every client is told of one line more.</summary>
    private static async Task AllGoOnAsync(JournalClient[] clients, Task running) =>
        await await Task.WhenAny(running, Task.WhenAll(clients.Select(static client => client.NextKeptAsync()))).Within();

    private static (IPEndPoint From, int Client, long Line) Read(string entry)
    {
        var fields = entry.Split(' ');
        Assert.True(fields is [_, "client", _, "line", _], $"A strange line in the journal: '{entry}'");
        return (IPEndPoint.Parse(fields[0]), int.Parse(fields[2], CultureInfo.InvariantCulture), long.Parse(fields[4], CultureInfo.InvariantCulture));
    }
}
