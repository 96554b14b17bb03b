using System.Net.Security;
using System.Reflection;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;

namespace Kestrel.Streams.Tests;

#pragma warning disable CA1416 // CipherSuitesPolicy is not for Windows; the tests run on Linux
public class TlsOptionsCopyTests
{
    // A value for each property, and none that it has by itself.
    private static readonly Dictionary<string, object> _values = new()
    {
        ["AllowRenegotiation"] = false,
        ["AllowRsaPkcs1Padding"] = false,
        ["AllowRsaPssPadding"] = false,
        ["AllowTlsResume"] = false,
        ["ApplicationProtocols"] = new List<SslApplicationProtocol> { new("talk") },
        ["CertificateChainPolicy"] = new X509ChainPolicy(),
        ["CertificateRevocationCheckMode"] = X509RevocationMode.Online,
        ["CipherSuitesPolicy"] = new CipherSuitesPolicy([TlsCipherSuite.TLS_AES_128_GCM_SHA256]),
        ["ClientCertificateContext"] = SslStreamCertificateContext.Create(TestCertificates.Client, additionalCertificates: null, offline: true),
        ["ClientCertificates"] = new X509CertificateCollection(),
        ["EnabledSslProtocols"] = SslProtocols.Tls13,
        ["EncryptionPolicy"] = (EncryptionPolicy)1, // AllowNoEncryption, whose name is obsolete
        ["LocalCertificateSelectionCallback"] = new LocalCertificateSelectionCallback((_, _, _, _, _) => TestCertificates.Client),
        ["RemoteCertificateValidationCallback"] = new RemoteCertificateValidationCallback((_, _, _, _) => false),
        ["TargetHost"] = "printer",
    };

    public static TheoryData<string> Properties =>
        [.. typeof(SslClientAuthenticationOptions).GetProperties().Where(property => property.CanWrite).Select(property => property.Name)];

    [Theory]
    [MemberData(nameof(Properties))]
    public void Every_property_that_the_BCL_has_is_copied(string name)
    {
        Assert.True(_values.ContainsKey(name), $"The BCL has a new property, {name}: copy it in TlsOptionsCopy, and give it a value here.");
        PropertyInfo property = typeof(SslClientAuthenticationOptions).GetProperty(name)!;
        var from = new SslClientAuthenticationOptions();
        Assert.NotEqual(_values[name], property.GetValue(from));
        property.SetValue(from, _values[name]);

        var copy = TlsOptionsCopy.Of(from);

        Assert.NotSame(from, copy);
        Assert.Equal(_values[name], property.GetValue(copy));
        if (!property.PropertyType.IsValueType)
            Assert.Same(property.GetValue(from), property.GetValue(copy));
    }

    [Fact]
    public void What_is_not_set_stays_unset()
    {
        var (from, copy) = (new SslClientAuthenticationOptions(), TlsOptionsCopy.Of(new SslClientAuthenticationOptions()));

        foreach (var property in typeof(SslClientAuthenticationOptions).GetProperties())
            Assert.Equal(property.GetValue(from), property.GetValue(copy));
    }
}
