using System.Net;
using System.Net.Sockets;

namespace Kestrel.Streams.Tests;

/// <summary>The command line of sample/Smtp.</summary>
public class SmtpArgumentsTests
{
    [Theory]
    [InlineData("'port' cannot be understood", "port")]
    [InlineData("'65536' cannot be understood", "65536")]
    [InlineData("'--directory' cannot be understood", "--directory")]
    [InlineData("There is no directory 'no/such/place'", "--directory", "no/such/place")]
    [InlineData("'--size 0' cannot be understood", "0", "--size", "0")]
    [InlineData("'--idle soon' cannot be understood", "--idle", "soon")]
    [InlineData("'--verbose' cannot be understood", "0", "--size", "1000", "--verbose")]
    [InlineData("A certificate needs its key", "--certificate", "certificate.pem")]
    [InlineData("A certificate needs its key", "--key", "key.pem")]
    [InlineData("The certificate in no.pem with the key in none.pem cannot be used", "--certificate", "no.pem", "--key", "none.pem")]
    public async Task A_bad_one_is_one_plain_line(string complaint, params string[] arguments)
    {
        await using var sample = RunningProgram.Sample("Smtp", arguments);

        await sample.FailsAsync(complaint);
    }

    [Fact]
    public async Task A_taken_port_is_one_plain_line()
    {
        using var taken = new TcpListener(IPAddress.Loopback, 0);
        taken.Start();
        var port = ((IPEndPoint)taken.LocalEndpoint).Port;

        await using var sample = RunningProgram.Sample("Smtp", $"{port}");

        await sample.FailsAsync($"127.0.0.1:{port}", "in use");
    }
}
