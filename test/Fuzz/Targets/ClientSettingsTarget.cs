using Microsoft.Extensions.Options;

namespace Kestrel.Streams.Tests;

/// <summary>What the configuration says of a client: settings, or the one exception that has all faults.</summary>
internal sealed class ClientSettingsTarget : Target
{
    private const string Client = "mail";

    public override string Name => "client-settings";

    public override int Longest => 500;

    public override IReadOnlyList<byte[]> Tokens => Settings.Words;

    public override string Run(byte[] input)
    {
        const string Section = $"{StreamClientSettings.Path}:{Client}";
        // The files of a client are as the process sees them.
        var configuration = Settings.Of(Section, input);
        foreach (var key in new[] { "CaFile", "CertificateFile", "KeyFile" })
        {
            if (configuration[$"{Section}:Tls:{key}"] is { Length: > 0 } file) configuration[$"{Section}:Tls:{key}"] = Path.Combine(CertificateFiles.Folder, file.TrimStart('/'));
        }

        var settings = new StreamClientSettings(Client, configuration);
        var (one, two) = (Configure(settings, out var options), Configure(settings, out _));
        Assert.Equal(one, two);
        Assert.True(one.Length > 0 || ClientAddress.TryParse(options.Url!, out _, out _), "It has no fault, and no address.");
        return Settings.Check(one, Section);
    }

    private static string[] Configure(StreamClientSettings settings, out StreamClientOptions options)
    {
        options = new StreamClientOptions();
        try
        {
            settings.PostConfigure(Client, options);
            return [];
        }
        catch (OptionsValidationException e)
        {
            return [.. e.Failures];
        }
    }
}
