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

    public int ChatPort { get; private set; }

    public int ChatTlsPort { get; private set; }

    public string ChatUnixPath => ChatPathOf(UnixPath);

    public string UnixPath => Path.Combine(_directory.FullName, "echo.sock");

    public HttpClient Page { get; } = new() { Timeout = TimeSpan.FromSeconds(30) };

    public ValueTask InitializeAsync() => new(InitializeAsync([]));

    private async Task InitializeAsync(string[] more)
    {
        Process = new SampleProcess([.. Arguments(UnixPath), .. more]);
        await Process.ReadyAsync();
        Port = int.Parse(TcpLine().Match(Process.Output).Groups["port"].Value);
        TlsPort = int.Parse(TlsLine().Match(Process.Output).Groups["port"].Value);
        ChatPort = int.Parse(ChatLine().Match(Process.Output).Groups["port"].Value);
        ChatTlsPort = int.Parse(ChatTlsLine().Match(Process.Output).Groups["port"].Value);
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
        "--Streams:Servers:chat:Endpoints:Unix:Url", "unix:" + ChatPathOf(unixPath),
        "--Urls", "http://127.0.0.1:0",
    ];

    internal static async Task<SampleHost> StartAsync(params string[] more)
    {
        var host = new SampleHost();
        try
        {
            await host.InitializeAsync(more);
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

    private static string ChatPathOf(string unixPath) => Path.ChangeExtension(unixPath, "chat");

    [GeneratedRegex(@"^ +nc 127\.0\.0\.1 (?<port>\d+)$", RegexOptions.Multiline | RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex ChatLine();

    [GeneratedRegex(@"^ +openssl s_client -quiet -connect 127\.0\.0\.1:(?<port>\d+)$", RegexOptions.Multiline | RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex ChatTlsLine();

    [GeneratedRegex(@"^  Page +(?<url>\S+)$", RegexOptions.Multiline | RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex PageLine();
}
