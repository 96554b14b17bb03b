using System.Text;

namespace Kestrel.Streams.Samples.Smtp;

/// <summary>One mail while it is taken: the envelope, then the text.</summary>
internal sealed class SmtpMail(string sender)
{
    public List<string> Recipients { get; } = [];

    public MemoryStream Text { get; } = new();

    /// <summary>Envelope, size and subject on one line, whatever the client sent.</summary>
    public override string ToString()
    {
        var recipients = string.Join(", ", Recipients.Select(recipient => $"<{recipient}>"));
        var line = $"Mail from <{sender}> to {recipients}: {Text.Length} bytes, '{Subject()}'";
        return string.Concat(line.Select(c => char.IsControl(c) ? '?' : c));
    }

    private string Subject()
    {
        Text.Position = 0;
        using var reader = new StreamReader(Text, Encoding.UTF8, leaveOpen: true);
        while (reader.ReadLine() is { Length: > 0 } header)
        {
            if (header.StartsWith("Subject:", StringComparison.OrdinalIgnoreCase))
                return header["Subject:".Length..].Trim();
        }

        return "";
    }
}
