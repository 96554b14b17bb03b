using System.Text;

namespace Kestrel.Streams.Tests;

public abstract partial class StreamConformance
{
#pragma warning disable CA2022 // Nothing is read: the arguments are refused.
    /// <summary>The name of the parameter that is wrong, the member, and the call.</summary>
    private static readonly List<(string Parameter, string Member, Func<ConnectionStream, Task> Call)> _wrong =
    [
        ("count", "ReadAsync(-2)", s => s.ReadAsync(-2).AsTask()),
        ("count", "ReadExactlyAsync(-1)", s => s.ReadExactlyAsync(-1).AsTask()),
        ("count", "BorrowExactlyAsync(-1)", s => s.BorrowExactlyAsync(-1).AsTask()),
        ("maxBytes", "ReadToEndAsync(-1)", s => s.ReadToEndAsync(-1).AsTask()),
        ("separator", "ReadUntilAsync(empty)", s => s.ReadUntilAsync([]).AsTask()),
        ("separator", "BorrowUntilAsync(empty)", s => s.BorrowUntilAsync([]).AsTask()),
        ("separator", "SkipUntilAsync(empty)", s => s.SkipUntilAsync([]).AsTask()),
        ("separators", "ReadUntilAnyAsync(null)", s => s.ReadUntilAnyAsync(null!).AsTask()),
        ("separators", "ReadUntilAnyAsync(none)", s => s.ReadUntilAnyAsync([]).AsTask()),
        ("separators", "ReadUntilAnyAsync(an empty one)", s => s.ReadUntilAnyAsync([";".Ascii(), default]).AsTask()),
        ("encoding", "ReadLineAsync(null)", s => s.ReadLineAsync(null!).AsTask()),
        ("data", "WriteAsync(null array)", s => s.WriteAsync((byte[])null!).AsTask()),
        ("text", "WriteAsync(null text)", s => s.WriteAsync((string)null!).AsTask()),
        ("text", "WriteAsync(null text, encoding)", s => s.WriteAsync(null!, Encoding.ASCII).AsTask()),
        ("encoding", "WriteAsync(text, null)", s => s.WriteAsync("x", null!).AsTask()),
        ("data", "WriteLinesAsync(null arrays)", s => s.WriteLinesAsync((IEnumerable<byte[]>)null!).AsTask()),
        ("data", "WriteLinesAsync(null memories)", s => s.WriteLinesAsync((IEnumerable<ReadOnlyMemory<byte>>)null!).AsTask()),
        ("data", "WriteLines(null arrays)", s => Now(() => s.WriteLines((IEnumerable<byte[]>)null!))),
        ("data", "WriteLines(null memories)", s => Now(() => s.WriteLines((IEnumerable<ReadOnlyMemory<byte>>)null!))),
        ("name", "GetExtraInfo(null)", s => Now(() => s.GetExtraInfo(null!))),
        ("buffer", "Read(null)", s => Now(() => _ = s.Read(null!, 0, 0))),
        ("offset", "Read(offset -1)", s => Now(() => _ = s.Read(new byte[1], -1, 1))),
        ("count", "Read(too many)", s => Now(() => _ = s.Read(new byte[1], 0, 2))),
        ("buffer", "Write(null)", s => Now(() => s.Write(null!, 0, 0))),
        ("offset", "Write(offset -1)", s => Now(() => s.Write(new byte[1], -1, 1))),
        ("count", "Write(too many)", s => Now(() => s.Write(new byte[1], 0, 2))),
        ("buffer", "ReadAsync(null)", s => s.ReadAsync(null!, 0, 0)),
        ("count", "ReadAsync(too many)", s => s.ReadAsync(new byte[1], 0, 2)),
        ("buffer", "WriteAsync(null)", s => s.WriteAsync(null!, 0, 0)),
        ("count", "WriteAsync(too many)", s => s.WriteAsync(new byte[1], 0, 2)),
        ("destination", "CopyToAsync(null)", s => s.CopyToAsync(null!)),
        ("bufferSize", "CopyToAsync(0)", s => s.CopyToAsync(System.IO.Stream.Null, 0)),
    ];
#pragma warning restore CA2022

    [Fact]
    public async Task Wrong_arguments_are_named_and_take_nothing()
    {
        await using Pair pair = await ConnectAsync().Within();
        var (stream, peer) = pair;
        await peer.SendAsync("first\nuntouched\n").Within();
        Assert.Equal("first\n", (await stream.ReadLineAsync().Within()).Text());

        List<string?> complaints = [];
        foreach (var (parameter, member, call) in _wrong)
        {
            Exception? thrown = await Record.ExceptionAsync(() => call(stream).Within(what: member));
            complaints.Add(thrown is ArgumentException wrong && wrong.ParamName == parameter ? null : $"{member}: {thrown}");
        }

        AssertNone(complaints);
        Assert.Equal("untouched\n", (await stream.ReadLineAsync().Within()).Text());
        await stream.WriteAsync("the first that is sent").Within();
        Assert.Equal("the first that is sent", await peer.ReceiveTextAsync(22).Within());
    }

    [Fact]
    public async Task It_tells_who_it_is()
    {
        await using Pair pair = await ConnectAsync(limit: 1234).Within();
        await using Pair other = await ConnectAsync(limit: 5678).Within();
        var stream = pair.Stream;

        Assert.Equal(1234, stream.Limit);
        Assert.Equal(5678, other.Stream.Limit);
        Assert.Equal(StreamMode.ReadWrite, stream.Mode);
        Assert.NotEmpty(stream.Id);
        Assert.NotEqual(stream.Id, other.Stream.Id);
        Assert.NotNull(stream.Transport);
        Assert.Null(stream.GetExtraInfo("nothing of that name"));
        Assert.Equal("default", stream.GetExtraInfo("nothing of that name", "default"));
        Assert.Same(stream.Socket, stream.GetExtraInfo("socket"));
        Assert.Equal(stream.RemoteEndPoint, stream.GetExtraInfo("peername"));
        Assert.Equal(stream.LocalEndPoint, stream.GetExtraInfo("sockname"));
        Assert.Equal(IsSecure, stream.Tls is not null);
    }

    [Fact]
    public async Task It_still_tells_who_it_was_after_its_end()
    {
        await using Pair pair = await ConnectAsync().Within();
        ConnectionStream stream = pair.Stream;
        object? peer = stream.GetExtraInfo("peername");
        object? own = stream.GetExtraInfo("sockname");

        await stream.AbortAsync().Within();
        await stream.WaitClosedAsync().Within();

        Assert.Equal(peer, stream.GetExtraInfo("peername"));
        Assert.Equal(own, stream.GetExtraInfo("sockname"));
        Assert.Equal("default", stream.GetExtraInfo("nothing of that name", "default"));
        Assert.NotEmpty(stream.ToString()!);
    }

    private static Task Now(Action call)
    {
        call();
        return Task.CompletedTask;
    }
}
