using System.Buffers.Binary;

namespace Kestrel.Streams;

/// <summary>What a proxy tells of the TLS between its client and itself.</summary>
public sealed class ProxyClientTls
{
    private const byte OverTls = 0x01;
    private const byte CertificateOnConnection = 0x02;
    private const byte CertificateInSession = 0x04;

    private readonly byte _client;

    private ProxyClientTls(byte client, uint verifyResult, IReadOnlyList<ProxyTlv> tlvs)
    {
        _client = client;
        VerifyResult = verifyResult;
        Tlvs = tlvs;
    }

    /// <summary>Whether the client came over TLS.</summary>
    public bool IsTls => (_client & OverTls) != 0;

    /// <summary>Whether the client has shown a certificate, on this connection or earlier in its TLS session.</summary>
    public bool HasCertificate => (_client & (CertificateOnConnection | CertificateInSession)) != 0;

    /// <summary>Whether it has shown one on this very connection; false for a session that was resumed.</summary>
    public bool HasCertificateOnConnection => (_client & CertificateOnConnection) != 0;

    /// <summary>
    /// What the proxy's verification came to: 0 for a certificate that pleased it, and also where there was none to look at; else
    /// OpenSSL's number of the fault. <see cref="IsVerified"/> tells these two apart.
    /// </summary>
    public uint VerifyResult { get; }

    /// <summary>Whether the client has shown a certificate, and the proxy was pleased with it.</summary>
    public bool IsVerified => HasCertificate && VerifyResult == 0;

    /// <summary>The protocol version, such as <c>TLSv1.3</c>; null where the proxy does not tell.</summary>
    public string? Version => Tlvs.FindText(ProxyTlvType.SslVersion);

    /// <summary>The common name in the client's certificate; null where there is none or the proxy does not tell.</summary>
    public string? CommonName => Tlvs.FindText(ProxyTlvType.SslCommonName);

    /// <summary>The cipher, by OpenSSL's name; null where the proxy does not tell.</summary>
    public string? Cipher => Tlvs.FindText(ProxyTlvType.SslCipher);

    /// <summary>The algorithm that signed the proxy's certificate, such as <c>RSA-SHA256</c>; null where the proxy does not tell.</summary>
    public string? SignatureAlgorithm => Tlvs.FindText(ProxyTlvType.SslSignatureAlgorithm);

    /// <summary>The kind and size of the key in the proxy's certificate, such as <c>RSA2048</c>; null where the proxy does not tell.</summary>
    public string? KeyAlgorithm => Tlvs.FindText(ProxyTlvType.SslKeyAlgorithm);

    /// <summary>All that the proxy tells, in its order, also what is not named here.</summary>
    public IReadOnlyList<ProxyTlv> Tlvs { get; }

    /// <summary>Null when the bytes are none.</summary>
    internal static ProxyClientTls? TryRead(ReadOnlyMemory<byte> value)
    {
        const int FixedLength = 1 + sizeof(uint);
        return value.Length >= FixedLength && ProxyTlvs.Read(value[FixedLength..]) is { } tlvs
            ? new ProxyClientTls(value.Span[0], BinaryPrimitives.ReadUInt32BigEndian(value.Span[1..]), tlvs)
            : null;
    }
}
