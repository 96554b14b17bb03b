using Microsoft.Extensions.Options;

namespace Kestrel.Streams.Samples.WebHost;

/// <summary>The addresses of the page. Kestrel takes a port that is no number for a part of the host name, and listens on every interface.</summary>
internal sealed class PageUrls
{
    public string Urls { get; set; } = "";

    /// <summary>What is wrong with them, a line for each.</summary>
    public IEnumerable<string> Faults()
    {
        foreach (var url in Urls.Split(';', StringSplitOptions.TrimEntries))
        {
            var plain = url.Replace("://*", "://0.0.0.0", StringComparison.Ordinal).Replace("://+", "://0.0.0.0", StringComparison.Ordinal);
            if (!Uri.TryCreate(plain, UriKind.Absolute, out var uri) || uri.Scheme != Uri.UriSchemeHttp)
                yield return $"Urls has '{url}': it must be an http address, as in --Urls http://localhost:5080.";
            else if (uri is { Port: 0, Host: "localhost" })
                yield return $"Urls has '{url}': for any free port name one address, as in --Urls http://127.0.0.1:0.";
        }
    }
}

/// <summary>Checks the addresses when the host starts, with all else that is checked then.</summary>
internal sealed class PageUrlCheck : IValidateOptions<PageUrls>
{
    public ValidateOptionsResult Validate(string? name, PageUrls options) =>
        options.Faults().ToList() is { Count: > 0 } faults ? ValidateOptionsResult.Fail(faults) : ValidateOptionsResult.Success;
}

/// <summary>The registration.</summary>
internal static class PageUrlServices
{
    public static IServiceCollection AddPageUrlCheck(this IServiceCollection services)
    {
        services.AddSingleton<IValidateOptions<PageUrls>, PageUrlCheck>();
        services.AddOptions<PageUrls>()
            .Configure<IConfiguration>(static (page, configuration) => page.Urls = configuration["Urls"] ?? "")
            .ValidateOnStart();
        return services;
    }
}
