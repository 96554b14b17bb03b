using System.Net.Sockets;

namespace Kestrel.Streams.Tests;

public class PrintableTextTests
{
    [Theory]
    [InlineData("/run/é/日本/😀 a\\b.sock", "/run/é/日本/😀 a\\b.sock")]
    [InlineData("a\r\nb\t\0", "a\\u000D\\u000Ab\\u0009\\u0000")]
    [InlineData("\u001b[31m\u009b\u0085", "\\u001B[31m\\u009B\\u0085")]
    [InlineData("\u2028\u2029\u202e\u200b\ufeff", "\\u2028\\u2029\\u202E\\u200B\\uFEFF")]
    [InlineData("\ue000\u0378", "\\uE000\\u0378")]
    [InlineData("\U000e0041", "\\uDB40\\uDC41")]
    public void What_is_no_print_stands_as_its_number(string text, string printable) => Assert.Equal(printable, PrintableText.Of(text));

    [Fact]
    public void Half_a_letter_stands_as_its_number() => Assert.Equal("a\\uD83Db\\uDE00", PrintableText.Of("a\ud83db\ude00"));

    [Fact]
    public void An_address_is_its_text_and_none_is_empty()
    {
        Assert.Equal("@a\\u000A", PrintableText.Of(new UnixDomainSocketEndPoint("\0a\n")));
        Assert.Equal("", PrintableText.Of((UnixDomainSocketEndPoint?)null));
    }
}
