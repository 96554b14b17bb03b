using System.Text;

namespace Kestrel.Streams.Tests;

/// <summary>
/// Files of certificates and keys. The first byte of the input says for what the rest is taken: a server's PEM, its PKCS #12, its key beside a
/// good certificate, a client's authority, its certificate, its key beside a good one.
/// </summary>
internal sealed class CertificateTarget : Target
{
    public override string Name => "certificate";

    public override int Longest => 4096;

    public override IReadOnlyList<byte[]> Tokens { get; } = ByteText.Tokens(
        "-----BEGIN CERTIFICATE-----\n", "-----END CERTIFICATE-----\n", "-----BEGIN PRIVATE KEY-----\n", "-----END PRIVATE KEY-----\n", "-----BEGIN EC PRIVATE KEY-----\n",
        "-----BEGIN RSA PRIVATE KEY-----\n", "-----BEGIN ENCRYPTED PRIVATE KEY-----\n", "-----BEGIN ML-DSA PRIVATE KEY-----\n", "=", "\u0030\u0082");

    public override string Run(byte[] input)
    {
        if (input.Length == 0) return "";
        var kind = input[0] % 7;
        var file = CertificateFiles.Write(kind == 1 ? "fuzzed.pfx" : "fuzzed.pem", input[1..]);
        return kind switch
        {
            0 => Server($"Certificate:Path={file}"),
            1 => Server($"Certificate:Path={file}"),
            2 => Server($"Certificate:Path=good.pem\nCertificate:KeyPath={file}"),
            3 => Server($"Certificate:Path={file}\nCertificate:Password=secret"),
            4 => Client($"Tls:CaFile={file}"),
            5 => Client($"Tls:CertificateFile={file}"),
            _ => Client($"Tls:CertificateFile=good.pem\nTls:KeyFile={file}"),
        };
    }

    private static string Server(string settings) => "server " + new ServerSettingsTarget().Run(Encoding.UTF8.GetBytes($"Endpoints:Main:Url=tls://127.0.0.1:1\n{settings}"));

    private static string Client(string settings) => "client " + new ClientSettingsTarget().Run(Encoding.UTF8.GetBytes($"Url=tls://h:1\n{settings}"));
}
