namespace Kestrel.Streams.Tests;

public class WaitForDataTests
{
    [Fact]
    public async Task It_receives_what_the_other_socket_sends()
    {
        await using var sample = RunningProgram.Sample("WaitForData");

        Assert.Equal((0, "Received: abc\n", ""), await sample.EndAsync());
    }
}
