using System.Security.Authentication;
using System.Text;
using System.Text.RegularExpressions;

namespace Kestrel.Streams.Samples.Smtp;

/// <summary>One connection: commands in, replies out (RFC 5321), and its mails to the console.</summary>
internal sealed partial class SmtpSession(ConnectionStream stream, SmtpSettings settings) : IDisposable
{
    /// <summary>RFC 5321 has 1000 bytes with the end of the line; the limit of a stream does not count the '\n'.</summary>
    public const int LongestLine = 999;

    private const int MostRecipients = 100;

    private readonly CancellationTokenSource _idle = new();
    private bool _greeted;
    private SmtpMail? _mail;

    private string Extensions => $"250-PIPELINING\r\n250-SIZE {settings.MaxSize}\r\n250 8BITMIME";

    public async Task RunAsync(CancellationToken stopping)
    {
        try
        {
            await ReplyAsync("220 localhost ESMTP, a sample of Kestrel.Streams");
            while (await ReadCommandAsync() is { } command)
            {
                if (!await ObeyAsync(command)) return;
            }

            if (stopping.IsCancellationRequested) await ReplyAsync("421 The server stops");
        }
        catch (IncompleteReadException)
        {
            // It left in the middle of a mail: that mail never was.
        }
        catch (OperationCanceledException) when (_idle.IsCancellationRequested)
        {
            // Not awaited: it may not even read what it is told. The close, which has a limit of its own, sends this too.
            var farewell = $"421 Nothing happened for {settings.IdleTimeout.TotalSeconds} seconds\r\n";
            _ = stream.WriteAsync(farewell, CancellationToken.None).AsTask();
        }
    }

    public void Dispose() => _idle.Dispose();

    private CancellationToken BeginWait()
    {
        _idle.CancelAfter(settings.IdleTimeout);
        return _idle.Token;
    }

    /// <summary>Collected with the replies to what else has come already: they leave together when the next read has to wait.</summary>
    private ValueTask ReplyAsync(string reply)
    {
        stream.Write(Encoding.ASCII.GetBytes(reply + "\r\n"));
        return stream.DrainAsync(BeginWait());
    }

    private async ValueTask<string?> ReadCommandAsync()
    {
        while (true)
        {
            try
            {
                return await stream.ReadLineAsync(Encoding.UTF8, BeginWait());
            }
            catch (LimitOverrunException)
            {
                await stream.SkipLineAsync(BeginWait());
                await ReplyAsync($"500 A line may have {LongestLine} bytes");
            }
        }
    }

    /// <summary>False when it was the last command.</summary>
    private async ValueTask<bool> ObeyAsync(string command)
    {
        var words = command.Split(' ', 2, StringSplitOptions.TrimEntries);
        var argument = words.ElementAtOrDefault(1) ?? "";
        var reply = words[0].ToUpperInvariant() switch
        {
            "EHLO" when stream.Tls is null => Greet($"250-localhost\r\n250-STARTTLS\r\n{Extensions}"),
            "EHLO" => Greet($"250-localhost\r\n{Extensions}"),
            "HELO" => Greet("250 localhost"),
            "MAIL" => BeginMail(argument),
            "RCPT" => AddRecipient(argument),
            "DATA" => await TakeTextAsync(),
            "RSET" => Reset(),
            "NOOP" => "250 OK",
            "VRFY" => "252 Everybody gets mail here",
            "STARTTLS" when stream.Tls is not null => "503 This is TLS already",
            "STARTTLS" => "220 Go ahead",
            "QUIT" => "221 Bye",
            _ => "500 There is no such command here",
        };
        await ReplyAsync(reply);
        return reply[..3] switch // the code says what comes next
        {
            "220" => await StartTlsAsync(),
            "221" => false,
            _ => true,
        };
    }

    private string Greet(string reply)
    {
        (_greeted, _mail) = (true, null);
        return reply;
    }

    private string Reset()
    {
        _mail = null;
        return "250 OK";
    }

    private string BeginMail(string argument)
    {
        if (!_greeted) return "503 Say EHLO first";
        if (_mail is not null) return "503 One mail at a time";
        if (MailPath().Match(argument) is not { Success: true } match) return "501 Say MAIL FROM:<address>";
        foreach (var parameter in match.Groups["parameter"].Captures.Select(capture => capture.Value.ToUpperInvariant().Split('=', 2)))
        {
            switch (parameter)
            {
                case ["SIZE", var text] when long.TryParse(text, out var size) && size >= 0:
                    if (size > settings.MaxSize) return TooBig();
                    break;
                case ["BODY", "7BIT" or "8BITMIME"]: break;
                default: return "555 There is no such parameter here";
            }
        }

        _mail = new SmtpMail(match.Groups["address"].Value);
        return "250 OK";
    }

    private string AddRecipient(string argument)
    {
        if (_mail is null) return "503 Say MAIL first";
        if (RecipientPath().Match(argument) is not { Success: true } match) return "501 Say RCPT TO:<address>";
        if (_mail.Recipients.Count == MostRecipients) return $"452 A mail may go to {MostRecipients}";
        _mail.Recipients.Add(match.Groups["address"].Value);
        return "250 OK";
    }

    private async ValueTask<string> TakeTextAsync()
    {
        if (_mail is not { Recipients.Count: > 0 } mail) return "503 Say MAIL and RCPT first";
        await ReplyAsync("354 End with a dot on a line of its own");
        _mail = null;
        var refusal = default(string);
        while (true)
        {
            try
            {
                // Not ReadLine: only CRLF . CRLF ends a mail. Who takes a bare LF for the end of a line lets one mail smuggle another in.
                var line = await stream.BorrowUntilAsync("\r\n"u8, BeginWait());
                if (line.Span.SequenceEqual(".\r\n"u8)) return refusal ?? await KeepAsync(mail);
                if (line.Span is [(byte)'.', ..]) line = line[1..]; // the client has put it before a dot
                if (mail.Text.Length + line.Length > settings.MaxSize) refusal ??= TooBig();
                if (refusal is null) mail.Text.Write(line.Span);
            }
            catch (LimitOverrunException)
            {
                await stream.SkipUntilAsync("\r\n"u8, BeginWait());
                refusal ??= $"500 A line may have {LongestLine} bytes";
            }
        }
    }

    private async ValueTask<string> KeepAsync(SmtpMail mail)
    {
        if (settings.Directory is { } directory)
        {
            try
            {
                await File.WriteAllBytesAsync(Path.Combine(directory, $"{Guid.CreateVersion7()}.eml"), mail.Text.ToArray());
            }
            catch (Exception error) when (error is IOException or UnauthorizedAccessException)
            {
                Console.Error.WriteLine($"A mail is lost: {error.Message}");
                return "451 It could not be kept: try again later";
            }
        }

        Console.WriteLine($"{mail}, {(stream.Tls is null ? "in the clear" : "over TLS")}");
        return "250 Taken";
    }

    /// <summary>Whatever was said in the clear, before or behind the command, counts no more: the latter is no TLS, and ends it.</summary>
    private async ValueTask<bool> StartTlsAsync()
    {
        try
        {
            await stream.StartTlsAsync(settings.Tls, cancellationToken: BeginWait());
            (_greeted, _mail) = (false, null);
            return true;
        }
        catch (Exception error) when (error is AuthenticationException or IOException)
        {
            Console.Error.WriteLine($"No TLS with {stream.RemoteEndPoint}: {error.Message}");
            return false;
        }
    }

    private string TooBig() => $"552 A mail may have {settings.MaxSize} bytes";

    [GeneratedRegex(@"^FROM: *<(?<address>[^<>]*)>( +(?<parameter>\S+))*$", RegexOptions.IgnoreCase | RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex MailPath();

    [GeneratedRegex(@"^TO: *<(?<address>[^<>]+)>$", RegexOptions.IgnoreCase | RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex RecipientPath();
}
