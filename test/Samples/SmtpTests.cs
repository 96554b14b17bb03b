using System.Text;
using Kestrel.Streams.Testing;

namespace Kestrel.Streams.Tests;

/// <summary>sample/Smtp, word by word.</summary>
public class SmtpTests
{
    private const string Envelope = "MAIL FROM:<a@example.com>\r\nRCPT TO:<b@example.com>\r\n";

    [Fact]
    public async Task Pipelined_commands_are_answered_in_order()
    {
        await using var server = await SmtpServer.StartAsync();
        await using var client = await server.ConnectAsync();

        await client.SendAsync(
            "NOOP\r\nvrfy b\r\nmail from: <>\r\nRCPT TO:<b@example.com>\r\nRCPT TO:<c@example.com>\r\nDATA\r\nSubject: short\r\n\r\nhello\r\n.\r\nQUIT\r\n",
            "250 252 250 250 250 354 250 221");

        await client.Peer.ExpectEofAsync();
        Assert.Equal("Mail from <> to <b@example.com>, <c@example.com>: 25 bytes, 'short', in the clear", await server.Program.ReadLineAsync());
    }

    [Theory]
    [InlineData("MAIL FROM:<a>\r\nMAIL FROM:<a>", "250 503")]
    [InlineData("RCPT TO:<b>", "503")]
    [InlineData("DATA", "503")]
    [InlineData("MAIL FROM:<a>\r\nDATA", "250 503")]
    [InlineData("MAIL FROM:<a>\r\nRSET\r\nRCPT TO:<b>", "250 250 503")]
    [InlineData("MAIL FROM:<a>\r\nHELO again\r\nRCPT TO:<b>", "250 250 503")]
    [InlineData("MAIL FROM:<a>\r\nRCPT TO:<>", "250 501")]
    [InlineData("MAIL", "501")]
    [InlineData("MAIL FROM a", "501")]
    [InlineData("MAIL FROM:<a> BODY=8BITMIME SIZE=1000", "250")]
    [InlineData("MAIL FROM:<a> SIZE=-1", "555")]
    [InlineData("MAIL FROM:<a> RET=FULL", "555")]
    [InlineData("EXPN list", "500")]
    [InlineData("", "500")]
    public async Task What_is_out_of_order_or_no_command_is_refused(string commands, string codes)
    {
        await using var server = await SmtpServer.StartAsync();
        await using var client = await server.ConnectAsync();

        await client.SendAsync(commands + "\r\n", codes);
        await client.SendAsync("NOOP\r\n", "250");
    }

    [Fact]
    public async Task Without_a_greeting_there_is_no_mail()
    {
        await using var server = await SmtpServer.StartAsync();
        await using var client = await server.MeetAsync();

        await client.SendAsync("MAIL FROM:<a>\r\n", "503");
    }

    [Fact]
    public async Task The_dots_that_the_client_adds_are_taken_off_and_nothing_else_is_changed()
    {
        var directory = Directory.CreateTempSubdirectory("ks-");
        try
        {
            await using var server = await SmtpServer.StartAsync("--directory", directory.FullName);
            await using var client = await server.ConnectAsync();

            await client.SendAsync(Envelope + "DATA\r\n..\r\n...two\r\n.one\r\n\r\n\t\xe4 \0 \n \r\r\n.\r\n", "250 250 354 250");

            var file = Assert.Single(directory.GetFiles("*.eml"));
            Assert.Equal(".\r\n..two\r\none\r\n\r\n\t\xe4 \0 \n \r\r\n", await File.ReadAllTextAsync(file.FullName, Encoding.Latin1));
        }
        finally
        {
            directory.Delete(recursive: true);
        }
    }

    [Theory]
    [InlineData("\n.\r\n")]
    [InlineData("\r\n.\n")]
    [InlineData("\n.\n")]
    [InlineData("\r.\r")]
    public async Task A_mail_does_not_end_by_a_bare_line_feed_and_cannot_smuggle_another_in(string end)
    {
        await using var server = await SmtpServer.StartAsync();
        await using var client = await server.ConnectAsync();

        await client.SendAsync($"{Envelope}DATA\r\nSubject: only one\r\n\r\nhello{end}{Envelope}DATA\r\nSubject: two\r\n\r\n.\r\nQUIT\r\n", "250 250 354 250 221");

        Assert.Contains("'only one'", await server.Program.ReadLineAsync(), StringComparison.Ordinal);
        Assert.Equal((0, "", ""), await server.Program.InterruptAsync());
    }

    [Fact]
    public async Task A_mail_is_one_line_whatever_is_in_it()
    {
        await using var server = await SmtpServer.StartAsync();
        await using var client = await server.ConnectAsync();

        await client.SendAsync("MAIL FROM:<a\u001b[2J>\r\nRCPT TO:<b>\r\nDATA\r\nsubject: a\rb\u0007\r\n\r\n.\r\n", "250 250 354 250");

        Assert.Equal("Mail from <a?[2J> to <b>: 17 bytes, 'a', in the clear", await server.Program.ReadLineAsync());
    }

    [Fact]
    public async Task A_mail_over_the_limit_is_refused_and_the_next_one_is_taken()
    {
        await using var server = await SmtpServer.StartAsync("--size", "1000");
        await using var client = await server.ConnectAsync();
        var line = new string('x', 98) + "\r\n";

        await client.SendAsync("MAIL FROM:<a> SIZE=1001\r\n", "552");
        await client.SendAsync($"{Envelope}DATA\r\n{string.Concat(Enumerable.Repeat(line, 10))}x\r\n.\r\n", "250 250 354 552");
        await client.SendAsync($"{Envelope}DATA\r\n{string.Concat(Enumerable.Repeat(line, 10))}.\r\n", "250 250 354 250");

        Assert.Contains(": 1000 bytes", await server.Program.ReadLineAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_line_that_is_too_long_is_refused_and_the_session_goes_on()
    {
        await using var server = await SmtpServer.StartAsync();
        await using var client = await server.ConnectAsync();
        var longest = new string('x', 998);

        await client.SendAsync($"NOOP {new string('x', 1_000_000)}\r\nNOOP\r\n", "500 250");
        await client.SendAsync($"{Envelope}DATA\r\n{longest}x\r\n{longest}xx\r\n.\r\n", "250 250 354 500");
        await client.SendAsync($"{Envelope}DATA\r\n{longest}\r\n.\r\n", "250 250 354 250");
    }

    [Fact]
    public async Task A_mail_may_go_to_a_hundred()
    {
        await using var server = await SmtpServer.StartAsync();
        await using var client = await server.ConnectAsync();

        await client.SendAsync("MAIL FROM:<a>\r\n", "250");
        for (var recipient = 0; recipient < 100; recipient++)
            await client.SendAsync($"RCPT TO:<b{recipient}>\r\n", "250");
        await client.SendAsync("RCPT TO:<one.more>\r\nDATA\r\n.\r\n", "452 354 250");
    }

    [Fact]
    public async Task Who_leaves_in_the_middle_of_a_mail_has_sent_none()
    {
        await using var server = await SmtpServer.StartAsync();
        await using (var client = await server.ConnectAsync())
            await client.SendAsync($"{Envelope}DATA\r\nSubject: half\r\n", "250 250 354");
        await using (var next = await server.ConnectAsync())
            await next.SendAsync($"{Envelope}DATA\r\nSubject: whole\r\n.\r\nQUIT\r\n", "250 250 354 250 221");

        Assert.Contains("'whole'", await server.Program.ReadLineAsync(), StringComparison.Ordinal);
        Assert.Equal((0, "", ""), await server.Program.InterruptAsync());
    }

    [Theory]
    [InlineData("")]
    [InlineData("NOO")]
    [InlineData("MAIL FROM:<a>\r\nRCPT TO:<b>\r\nDATA\r\nhalf a li")]
    public async Task Who_says_nothing_for_too_long_is_told_and_left(string beginning)
    {
        await using var server = await SmtpServer.StartAsync("--idle", "2");
        await using var client = await server.ConnectAsync();

        await client.SendAsync(beginning);

        Assert.EndsWith("421 Nothing happened for 2 seconds\r\n", await client.ReadToEndAsync(), StringComparison.Ordinal);
        Assert.Equal((0, "", ""), await server.Program.InterruptAsync());
    }

    [Fact]
    public async Task Who_does_not_read_the_replies_is_left()
    {
        await using var server = await SmtpServer.StartAsync("--idle", "2");
        await using var client = await server.ConnectAsync();
        var commands = string.Concat(Enumerable.Repeat("NOOP\r\n", 100_000));

        var error = await Assert.ThrowsAsync<ScriptedPeerException>(async () =>
        {
            while (true) await client.SendAsync(commands);
        });
        Assert.IsType<IOException>(error.InnerException);

        Assert.Equal((0, "", ""), await server.Program.InterruptAsync());
    }

    [Fact]
    public async Task Interrupted_it_says_so_to_who_is_connected_and_ends()
    {
        await using var server = await SmtpServer.StartAsync();
        await using var client = await server.ConnectAsync();

        Assert.Equal((0, "", ""), await server.Program.InterruptAsync());

        Assert.Equal("421 The server stops\r\n", await client.ReadToEndAsync());
    }

    [Fact]
    public async Task A_mail_that_cannot_be_kept_is_refused_for_now()
    {
        var directory = Directory.CreateTempSubdirectory("ks-");
        await using var server = await SmtpServer.StartAsync("--directory", directory.FullName);
        await using var client = await server.ConnectAsync();
        directory.Delete();

        await client.SendAsync($"{Envelope}DATA\r\n.\r\nNOOP\r\n", "250 250 354 451 250");

        var (code, output, error) = await server.Program.InterruptAsync();
        Assert.Equal((0, ""), (code, output));
        Assert.Matches("^A mail is lost: [^\n]*\n$", error);
    }
}
