using System.Net;
using Kestrel.Streams.Samples.WebHost.Chat;

namespace Kestrel.Streams.Samples.WebHost;

/// <summary>Where everything listens and what to type: the same for the console and for the page.</summary>
/// <param name="Chat">The ways into the chat, from a terminal.</param>
/// <param name="EndPoints">Where the echo listens, and the page.</param>
/// <param name="Commands">What to type for an echo.</param>
internal sealed record Guide(IReadOnlyList<Guide.Command> Chat, IReadOnlyList<Guide.EndPoint> EndPoints, IReadOnlyList<Guide.Command> Commands)
{
    private const int EchoClientPort = 8888;

    /// <summary>Whether who asks may drain the node.</summary>
    public bool IsForOperator { get; init; }

    public static Guide Of(WebApplication app)
    {
        // The real ports, also when the setting was 0.
        var tcp = (IPEndPoint)EndPointOf(app, "tcp");
        var (host, port, path) = (tcp.Address, tcp.Port, EndPointOf(app, "unix").ToString()!);

        Command[] commands =
        [
            new("netcat, over TCP", $"printf 'hello\\n' | nc -q1 {host} {port}"),
            new("netcat, over the Unix socket", $"printf 'hello\\n' | nc -q1 -U {ShellWord(path)}"),
            new("Python asyncio, over TCP",
                $"""
                python3 -c "
                import asyncio
                async def main():
                    reader, writer = await asyncio.open_connection('{host}', {port})
                    writer.write(b'hello\n')
                    print(await reader.readline())
                    writer.close()
                asyncio.run(main())"
                """),
            new("Kestrel.Streams.Client, from the root of the repository",
                "dotnet run --project sample/EchoClient" + (port == EchoClientPort ? "" : $" hello {host} {port}")),
        ];

        return new Guide(
            [.. WaysIntoTheChat(app)],
            [new("TCP", tcp.ToString()), new("TLS", EndPointOf(app, "tls").ToString()!), new("Unix", path), .. app.Urls.Select(page => new EndPoint("Page", page))],
            commands);
    }

    public string ToConsoleText() =>
        $"""
        Kestrel.Streams chat and echo host

        Chat  {string.Join("\n      ", [$"{EndPoints[^1].Address} in a browser", .. Chat.Select(way => way.Text)])}

        Echo
        {string.Join('\n', EndPoints.Select(endPoint => $"  {endPoint.Name,-6}{endPoint.Address}"))}

        Try   {string.Join("\n      ", Commands.Take(2).Select(command => command.Text))}
        Ctrl-C stops the host.
        """;

    /// <summary>A command for each endpoint, where the settings leave no doubt which is which.</summary>
    private static IEnumerable<Command> WaysIntoTheChat(WebApplication app)
    {
        var settings = app.Configuration.GetSection($"Streams:Servers:{ChatServices.Server}:Endpoints").GetChildren().ToList();
        var endPoints = app.Services.GetRequiredKeyedService<StreamServerBase>(ChatServices.Server).EndPoints;
        return settings.Count == endPoints.Count ? settings.Zip(endPoints, static (setting, endPoint) => WayIntoTheChat(setting, endPoint)) : [];
    }

    private static Command WayIntoTheChat(IConfigurationSection setting, System.Net.EndPoint endPoint) => (setting["Url"], endPoint) switch
    {
        ({ } url, IPEndPoint ip) when url.StartsWith("tls:", StringComparison.OrdinalIgnoreCase) => new(setting.Key, $"openssl s_client -quiet -connect {ip}"),
        (_, IPEndPoint ip) => new(setting.Key, $"nc {ip.Address} {ip.Port}"),
        _ => new(setting.Key, $"nc -U {ShellWord(endPoint.ToString()!)}"),
    };

    private static System.Net.EndPoint EndPointOf(WebApplication app, string server) =>
        app.Services.GetRequiredKeyedService<StreamServerBase>(server).EndPoints[0];

    private static string ShellWord(string path) =>
        path.All(c => char.IsAsciiLetterOrDigit(c) || "/._-+".Contains(c, StringComparison.Ordinal))
            ? path
            : $"'{path.Replace("'", @"'\''", StringComparison.Ordinal)}'";

    public sealed record EndPoint(string Name, string Address);

    public sealed record Command(string Name, string Text);
}
