using System.Text;

namespace Kestrel.Streams.Tests;

public class WriteTextTests
{
    [Fact]
    public async Task Text_goes_out_in_UTF_8_and_nothing_is_added()
    {
        var transport = new ScriptedTransport();
        await using var stream = Streams.Over(transport);
        await stream.WriteAsync("grüße\n").Within();
        Assert.Equal("grüße\n"u8.ToArray(), transport.Sent);
    }

    [Fact]
    public async Task Another_encoding_may_be_given_and_no_byte_order_mark_is_added()
    {
        var transport = new ScriptedTransport();
        await using var stream = Streams.Over(transport);
        await stream.WriteAsync("ü", Encoding.Latin1).Within();
        await stream.WriteAsync("a", Encoding.Unicode).Within();
        Assert.Equal([0xfc, (byte)'a', 0], transport.Sent);
    }

    [Fact]
    public async Task Text_and_encoding_must_be_given()
    {
        await using var stream = Streams.Over(new ScriptedTransport());
        Assert.Equal("text", Assert.Throws<ArgumentNullException>(() => { _ = stream.WriteAsync((string)null!).AsTask(); }).ParamName);
        Assert.Equal("encoding", Assert.Throws<ArgumentNullException>(() => { _ = stream.WriteAsync("x", (Encoding)null!).AsTask(); }).ParamName);
    }
}
