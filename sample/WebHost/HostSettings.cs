using System.Globalization;
using System.Text;

namespace Kestrel.Streams.Samples.WebHost;

/// <summary>The settings from <c>appsettings.json</c> and the command line, checked before anything starts.</summary>
internal sealed record HostSettings(string Urls, int EchoPort, string UnixPath)
{
    public const string EchoHost = "127.0.0.1";

    private const int LongestUnixPath = 107;

    public static HostSettings From(IConfiguration configuration)
    {
        return new HostSettings(ReadUrls(configuration["Urls"]), ReadPort(configuration["Echo:Port"]), ReadUnixPath(configuration["Echo:UnixPath"]));
    }

    /// <summary>Whoever pressed Ctrl-C should have the prompt back within a second or two, whatever is still open.</summary>
    public static void StopSoon(HostOptions options)
    {
        options.ServicesStopConcurrently = true;
        options.ShutdownTimeout = TimeSpan.FromSeconds(1);
    }

    private static int ReadPort(string? text) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var port) && port <= ushort.MaxValue
            ? port
            : throw new StartupTrouble(
                $"Echo:Port is '{text}': it must be a number from 0 (any free port) to 65535, as in --Echo:Port 8888.");

    private static string ReadUnixPath(string? text)
    {
        var path = string.IsNullOrWhiteSpace(text)
            ? Path.Combine(Path.GetTempPath(), "kestrel-streams-echo.sock")
            : Path.GetFullPath(text);
        if (!Directory.Exists(Path.GetDirectoryName(path)))
            throw new StartupTrouble($"Echo:UnixPath is {path}: there is no such directory. Choose another with --Echo:UnixPath <path>.");
        var length = Encoding.UTF8.GetByteCount(path);
        return length <= LongestUnixPath
            ? path
            : throw new StartupTrouble(
                $"Echo:UnixPath is {length} bytes long ({path}): a Unix socket path may have {LongestUnixPath}. Choose a shorter one.");
    }

    // Kestrel would take a port that is no number for a part of the host name, and listen on every interface.
    private static string ReadUrls(string? text)
    {
        foreach (var url in (text ?? "").Split(';', StringSplitOptions.TrimEntries))
        {
            var plain = url.Replace("://*", "://0.0.0.0", StringComparison.Ordinal).Replace("://+", "://0.0.0.0", StringComparison.Ordinal);
            if (!Uri.TryCreate(plain, UriKind.Absolute, out var uri) || uri.Scheme != Uri.UriSchemeHttp)
                throw new StartupTrouble($"Urls has '{url}': it must be an http address, as in --Urls http://localhost:5080.");
            if (uri is { Port: 0, Host: "localhost" })
                throw new StartupTrouble($"Urls has '{url}': for any free port name one address, as in --Urls http://127.0.0.1:0.");
        }
        return text!;
    }
}
