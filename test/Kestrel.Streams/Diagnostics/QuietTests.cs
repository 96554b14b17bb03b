using System.Diagnostics;

namespace Kestrel.Streams.Tests;

/// <summary>A server that nobody watches. Watchers are everybody's.</summary>
[Collection(Alone.Name)]
public class QuietTests
{
    [Fact]
    public async Task Without_a_listener_there_is_no_span()
    {
        var spans = new Signal<Activity?>();
        await using var server = new StreamServer(
            async (stream, _) =>
            {
                spans.Set(Activity.Current);
                await Talk.EchoAsync(stream);
            },
            "127.0.0.1");
        await server.StartServingAsync().Within();
        await using var client = await server.ConnectAsync();
        await client.HearsItselfAsync();

        Assert.Null(await spans.Task.Within());
    }
}
