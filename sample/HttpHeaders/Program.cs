// The headers a web server has for a URL, as on Python's asyncio page: dotnet run --project sample/HttpHeaders -- https://example.com/
using System.Net.Security;
using System.Security.Authentication;
using System.Text;
using Kestrel.Streams;

if (args is not [var text] || !Uri.TryCreate(text, UriKind.Absolute, out var url) || url.Scheme is not ("http" or "https"))
    return Fail("Give one http or https URL, as in https://example.com/path/page.html");

try
{
    await PrintHttpHeadersAsync(url);
    return 0;
}
catch (AuthenticationException error)
{
    return Fail($"{url.Host}: {error.Message.TrimEnd('.')}. If the certificate is your own, name its file in SSL_CERT_FILE=cert.pem");
}
catch (IOException error) // nobody there, or no answer
{
    return Fail(error.Message);
}

static async Task PrintHttpHeadersAsync(Uri url)
{
    var options = new StreamClientOptions { Tls = url.Scheme == "https" ? new SslClientAuthenticationOptions() : null };
    await using var stream = await StreamClient.ConnectAsync(url.IdnHost, url.Port, options);

    // Python's page asks with HEAD, which not every server knows: openssl s_server -WWW never answers it.
    await stream.WriteAsync($"GET {url.PathAndQuery} HTTP/1.0\r\nHost: {url.Authority}\r\n\r\n");

    var line = await stream.ReadLineAsync(Encoding.Latin1)
        ?? throw new IOException($"{url.Authority} closed the connection without an answer.");
    while (!string.IsNullOrEmpty(line))
    {
        Console.WriteLine($"HTTP header> {line}");
        line = await stream.ReadLineAsync(Encoding.Latin1);
    }

    // Ignore the body, close the socket.
}

static int Fail(string reason)
{
    Console.Error.WriteLine(reason);
    return 1;
}
