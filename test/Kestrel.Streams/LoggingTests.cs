using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace Kestrel.Streams.Tests;

/// <summary>Where a server logs. Standard error is everybody's.</summary>
[Collection(Alone.Name)]
public sealed class LoggingTests : IDisposable
{
    private readonly TextWriter _standardError = Console.Error;
    private readonly TextWriter _standardOutput = Console.Out;
    private readonly StringWriter _errors = new();
    private readonly StringWriter _output = new();
    private readonly Entrance _entrance = new();

    public LoggingTests()
    {
        Console.SetError(TextWriter.Synchronized(_errors));
        Console.SetOut(TextWriter.Synchronized(_output));
    }

    public void Dispose()
    {
        Console.SetError(_standardError);
        Console.SetOut(_standardOutput);
    }

    [Fact]
    public async Task Without_a_factory_a_failure_is_written_to_standard_error()
    {
        await using var server = Failing(null);
        await using var client = await _entrance.StartAsync(server);
        await client.ProvokeAsync();
        await client.IsOverAsync();

        await server.CloseAsync().Within();

        Assert.Contains("broken handler", Errors, StringComparison.Ordinal);
        Assert.Contains(client.LocalEndPoint!.ToString()!, Errors, StringComparison.Ordinal);
        Assert.Equal("", _output.ToString());
    }

    [Fact]
    public async Task Without_a_factory_a_server_that_works_is_silent()
    {
        await using var server = new StreamServer(_entrance.Of((stream, _) => Talk.EchoAsync(stream)), "127.0.0.1");
        await using (var client = await _entrance.StartAsync(server)) await client.HearsItselfAsync();

        await server.CloseAsync().Within();

        Assert.Equal("", Errors);
        Assert.Equal("", _output.ToString());
    }

    [Fact]
    public async Task Without_a_factory_every_serving_logs_anew()
    {
        await using var server = Failing(null);
        for (var round = 0; round < 2; round++)
        {
            await using var client = await _entrance.StartAsync(server);
            await client.ProvokeAsync();
            await client.IsOverAsync();
            await server.CloseAsync().Within();
            Assert.Contains("broken handler", Errors, StringComparison.Ordinal);
            _errors.GetStringBuilder().Clear();
        }
    }

    [Fact]
    public async Task A_factory_that_is_given_is_used_instead_and_stays_the_users()
    {
        var log = new LogCapture();
        await using var server = Failing(log.Factory);
        await using var client = await _entrance.StartAsync(server);
        await client.ProvokeAsync();
        await client.IsOverAsync();

        await server.CloseAsync().Within();

        Assert.Equal(LogLevel.Error, Assert.Single(log.Complaints).Level);
        Assert.Equal("", Errors);
        log.Factory.CreateLogger("after").LogInformation("still open");
        Assert.Contains(log.All, static entry => entry.Message == "still open");
    }

    [Fact]
    public async Task The_null_factory_means_silence()
    {
        await using var server = Failing(NullLoggerFactory.Instance);
        await using var client = await _entrance.StartAsync(server);
        await client.ProvokeAsync();
        await client.IsOverAsync();

        await server.CloseAsync().Within();

        Assert.Equal("", Errors);
        Assert.Equal("", _output.ToString());
    }

    [Fact]
    public async Task Every_address_is_told()
    {
        var log = new LogCapture();
        await using var server = Failing(log.Factory);
        await server.StartServingAsync().Within();

        var entry = Assert.Single(log.OfServer, static entry => entry.Message.Contains(" listens on ", StringComparison.Ordinal));
        Assert.Equal(LogLevel.Information, entry.Level);
        Assert.Equal($"Server StreamServer listens on {server.EndPoints[0]}.", entry.Message);
    }

    /// <summary>What was written, but for the lines about streams that tests before have left to the collector: these may come at any time.</summary>
    private string Errors => string.Concat(_errors.ToString().Split('\n').Where(static line => !line.Contains("was never closed", StringComparison.Ordinal)));

    private StreamServer Failing(ILoggerFactory? factory) =>
        new(
            _entrance.Of((stream, _) => Talk.FailAsync(stream, new InvalidOperationException("broken handler"))),
            "127.0.0.1",
            options: new StreamServerOptions { LoggerFactory = factory });
}
