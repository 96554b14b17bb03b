using System.Net.Sockets;
using System.Text.RegularExpressions;

namespace Kestrel.Streams.Tests;

/// <summary>A running sample on ports that were free, as its console tells them.</summary>
public sealed partial class SampleHost : IAsyncLifetime
{
    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("ks");

    internal SampleProcess Process { get; private set; } = null!;

    public int Port { get; private set; }

    public int TlsPort { get; private set; }

    public string UnixPath => Path.Combine(_directory.FullName, "echo.sock");

    public HttpClient Page { get; } = new() { Timeout = TimeSpan.FromSeconds(30) };

    public async ValueTask InitializeAsync()
    {
        Process = new SampleProcess(Arguments(UnixPath));
        await Process.ReadyAsync();
        Port = int.Parse(TcpLine().Match(Process.Output).Groups["port"].Value);
        TlsPort = int.Parse(TlsLine().Match(Process.Output).Groups["port"].Value);
        Page.BaseAddress = new Uri(PageLine().Match(Process.Output).Groups["url"].Value);
    }

    /// <summary>The command line for free ports and a path of its own.</summary>
    internal static string[] Arguments(string unixPath) =>
    [
        "--Streams:Servers:tcp:Endpoints:Echo:Url", "tcp://127.0.0.1:0",
        "--Streams:Servers:tls:Endpoints:Echo:Url", "tls://127.0.0.1:0",
        "--Streams:Servers:unix:Endpoints:Echo:Url", "unix:" + unixPath,
        "--Streams:Servers:chat:Endpoints:TCP:Url", "tcp://127.0.0.1:0",
        "--Streams:Servers:chat:Endpoints:TLS:Url", "tls://127.0.0.1:0",
        "--Streams:Servers:chat:Endpoints:Unix:Url", "unix:" + Path.ChangeExtension(unixPath, "chat"),
        "--Urls", "http://127.0.0.1:0",
    ];

    internal static async Task<SampleHost> StartAsync()
    {
        var host = new SampleHost();
        try
        {
            await host.InitializeAsync();
            return host;
        }
        catch
        {
            await host.DisposeAsync();
            throw;
        }
    }

    internal async Task<EchoPeer> ConnectAsync(bool unix = false) =>
        await (unix ? EchoPeer.ConnectAsync(new UnixDomainSocketEndPoint(UnixPath)) : EchoPeer.ConnectAsync(Port));

    public async ValueTask DisposeAsync()
    {
        Page.Dispose();
        await Process.DisposeAsync();
        _directory.Delete(recursive: true);
    }

    [GeneratedRegex(@"^  TCP +127\.0\.0\.1:(?<port>\d+)$", RegexOptions.Multiline | RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex TcpLine();

    [GeneratedRegex(@"^  TLS +127\.0\.0\.1:(?<port>\d+)$", RegexOptions.Multiline | RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex TlsLine();

    [GeneratedRegex(@"^  Page +(?<url>\S+)$", RegexOptions.Multiline | RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex PageLine();
}
