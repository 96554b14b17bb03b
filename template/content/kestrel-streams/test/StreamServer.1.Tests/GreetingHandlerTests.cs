namespace StreamServer._1.Tests;

public sealed class GreetingHandlerTests : IAsyncDisposable
{
    private readonly StreamHandlerHost<GreetingHandler> _host = new();

    public ValueTask DisposeAsync() => _host.DisposeAsync();

    [Fact]
    public async Task AVisitorIsGreeted()
    {
        var connection = _host.Connect();
        var peer = connection.Peer;
        await peer.ExpectLineAsync("220 ready");
        await peer.SendAsync("HELLO Ada\n");
        await peer.ExpectLineAsync("250 Hello, Ada!");
        await peer.SendAsync("QUIT\n");
        await peer.ExpectLineAsync("221 Goodbye.");
        await peer.ExpectEofAsync();
        await connection.Completion;
    }

    [Theory]
    [InlineData("HELLO")]
    [InlineData("hello you")]
    [InlineData("")]
    public async Task WhatIsNoCommandIsRefused(string line)
    {
        var peer = _host.Connect().Peer;
        await peer.ExpectLineAsync("220 ready");
        await peer.SendAsync(line + "\n");
        await peer.ExpectLineAsync(answer => answer.StartsWith("500 ", StringComparison.Ordinal));
    }

    [Fact]
    public async Task CommandsMayComeByteByByteAndAllAtOnce()
    {
        var peer = _host.Connect(new StreamPairOptions { ToServer = { Cuts = Cuts.EveryByte } }).Peer;
        await peer.SendAsync("HELLO Ada\r\nHELLO Grace\r\nQUIT\r\n");
        await peer.ExpectAsync("220 ready\n250 Hello, Ada!\n250 Hello, Grace!\n221 Goodbye.\n");
    }

    [Fact]
    public async Task ALineThatIsTooLongEndsTheConversation()
    {
        var peer = _host.Connect().Peer;
        await peer.ExpectLineAsync("220 ready");
        await peer.SendAsync($"HELLO {new string('x', 1000)}\n");
        await peer.ExpectLineAsync("500 A line may have 512 bytes.");
        await peer.ExpectEofAsync();
    }

    [Fact]
    public async Task AStopIsTold()
    {
        var peer = _host.Connect().Peer;
        await peer.ExpectLineAsync("220 ready");
        var stopped = _host.StopAsync();
        await peer.ExpectLineAsync("421 The server stops.");
        await peer.ExpectEofAsync();
        await stopped;
    }
}
