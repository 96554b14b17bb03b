namespace Kestrel.Streams.Tests;

/// <summary>sample/Smtp with the clients of others, and STARTTLS.</summary>
public class SmtpStartTlsTests(CertificateFiles certificates) : IClassFixture<CertificateFiles>
{
    [Theory]
    [InlineData("in the clear")]
    [InlineData("in the clear", "--pipeline")]
    [InlineData("over TLS", "--tls")]
    [InlineData("over TLS", "--tls", "--pipeline")]
    [InlineData("over TLS", "--tls", "--tls-protocol", "tlsv1_2")]
    public async Task Swaks_sends_a_mail(string how, params string[] options)
    {
        await using var server = await SmtpServer.StartAsync();
        await using var swaks = StartSwaks(server, ["--body", ".dots\nand Grüße", .. options]);

        var (code, output, _) = await swaks.EndAsync();

        Assert.True(code == 0, output);
        Assert.Matches($"^Mail from <a@example.com> to <b@example.com>: [0-9]+ bytes, 'Über alles', {how}$", await server.Program.ReadLineAsync());
    }

    [Theory]
    [InlineData("552 A mail may have 5000 bytes", 100, 60)]
    [InlineData("500 A line may have 999 bytes", 1, 2000)]
    public async Task Swaks_is_told_what_is_too_much(string reply, int lines, int length)
    {
        await using var server = await SmtpServer.StartAsync("--size", "5000");
        await using var swaks = StartSwaks(server, "--tls", "--body", string.Join('\n', Enumerable.Repeat(new string('x', length), lines)));

        var (code, output, _) = await swaks.EndAsync();

        Assert.NotEqual(0, code);
        Assert.Contains(reply, output, StringComparison.Ordinal);
        Assert.Equal((0, "", ""), await server.Program.InterruptAsync());
    }

    [Fact]
    public async Task Python_sends_a_mail_with_the_certificate_verified()
    {
        await using var server = await SmtpServer.StartAsync("--certificate", certificates.Server, "--key", certificates.ServerKey);

        await RunPythonAsync(server, """
            smtp.ehlo()
            assert smtp.has_extn('starttls') and smtp.has_extn('pipelining') and smtp.has_extn('8bitmime') and smtp.has_extn('size')
            smtp.starttls(context=trusting)
            smtp.ehlo()
            assert not smtp.has_extn('starttls')
            smtp.sendmail('a@example.com', ['b@example.com', 'c@example.com'], 'Subject: from Python\r\n\r\nhello\r\n.\r\n')
            smtp.quit()
            """);

        Assert.Equal(
            "Mail from <a@example.com> to <b@example.com>, <c@example.com>: 34 bytes, 'from Python', over TLS", await server.Program.ReadLineAsync());
    }

    [Fact]
    public async Task What_was_said_before_TLS_is_forgotten()
    {
        await using var server = await SmtpServer.StartAsync("--certificate", certificates.Server, "--key", certificates.ServerKey);

        await RunPythonAsync(server, """
            smtp.ehlo()
            assert smtp.docmd('MAIL FROM:<a>')[0] == 250
            smtp.starttls(context=trusting)
            assert smtp.docmd('RCPT TO:<b>') == (503, b'Say MAIL first')
            assert smtp.docmd('MAIL FROM:<a>') == (503, b'Say EHLO first')
            smtp.ehlo()
            assert smtp.docmd('STARTTLS')[0] == 503
            assert smtp.docmd('MAIL FROM:<a>')[0] == 250
            """);
    }

    [Fact]
    public async Task OpenSsl_sends_a_mail_all_at_once()
    {
        await using var server = await SmtpServer.StartAsync("--certificate", certificates.Server, "--key", certificates.ServerKey);
        await using var openssl = RunningProgram.Start(
            "openssl", "s_client", "-starttls", "smtp", "-connect", $"127.0.0.1:{server.Port}", "-quiet", "-crlf",
            "-CAfile", certificates.Authority, "-verify_hostname", "localhost", "-verify_return_error");

        await openssl.WriteAndEndInputAsync("EHLO test\nMAIL FROM:<a>\nRCPT TO:<b>\nDATA\nSubject: from OpenSSL\n.\nQUIT\n");

        var (code, output, error) = await openssl.EndAsync();
        Assert.True(code == 0, error);
        Assert.EndsWith("250 OK\r\n250 OK\r\n354 End with a dot on a line of its own\r\n250 Taken\r\n221 Bye\r\n", output, StringComparison.Ordinal);
        Assert.Equal("Mail from <a> to <b>: 23 bytes, 'from OpenSSL', over TLS", await server.Program.ReadLineAsync());
    }

    [Fact]
    public async Task What_is_sent_in_the_clear_behind_STARTTLS_is_not_obeyed()
    {
        await using var server = await SmtpServer.StartAsync();
        await using (var client = await server.ConnectAsync())
        {
            await client.SendAsync("STARTTLS\r\nMAIL FROM:<a>\r\nRCPT TO:<b>\r\nDATA\r\n.\r\n", "220");

            Assert.DoesNotContain("250", await client.ReadToEndAsync(), StringComparison.Ordinal);
        }

        await using (var next = await server.ConnectAsync())
            await next.SendAsync("QUIT\r\n", "221");
        var (code, output, error) = await server.Program.InterruptAsync();
        Assert.Equal((0, ""), (code, output));
        Assert.Matches(@"^No TLS with 127\.0\.0\.1:\d+: [^\n]*\n$", error);
    }

    private static RunningProgram StartSwaks(SmtpServer server, params IEnumerable<string> options) => RunningProgram.Start(
        "swaks",
        ["--server", $"127.0.0.1:{server.Port}", "--from", "a@example.com", "--to", "b@example.com", "--h-Subject", "Über alles", .. options]);

    /// <summary>Runs a script that has a connected client and a context that trusts the authority.</summary>
    private async Task RunPythonAsync(SmtpServer server, string script)
    {
        await using var python = RunningProgram.Start("python3", "-c", $"""
            import smtplib, ssl
            trusting = ssl.create_default_context(cafile={Quoted(certificates.Authority)})
            smtp = smtplib.SMTP('localhost', {server.Port}, timeout=30)
            {script}
            """);
        Assert.Equal((0, "", ""), await python.EndAsync());
    }

    private static string Quoted(string text) => $"'{text}'";
}
