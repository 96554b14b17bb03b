using System.Net.Sockets;
using System.Text.RegularExpressions;

namespace Kestrel.Streams.Tests;

/// <summary>A running sample on ports that were free, as its console tells them.</summary>
public sealed partial class SampleHost : IAsyncLifetime
{
    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("ks");

    internal SampleProcess Process { get; private set; } = null!;

    public int Port { get; private set; }

    public string UnixPath => Path.Combine(_directory.FullName, "echo.sock");

    public HttpClient Page { get; } = new() { Timeout = TimeSpan.FromSeconds(30) };

    public async ValueTask InitializeAsync()
    {
        Process = new SampleProcess("--Echo:Port", "0", "--Echo:UnixPath", UnixPath, "--Urls", "http://127.0.0.1:0");
        await Process.ReadyAsync();
        Port = int.Parse(TcpLine().Match(Process.Output).Groups["port"].Value);
        Page.BaseAddress = new Uri(PageLine().Match(Process.Output).Groups["url"].Value);
    }

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

    [GeneratedRegex(@"^  Page +(?<url>\S+)$", RegexOptions.Multiline | RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex PageLine();
}
