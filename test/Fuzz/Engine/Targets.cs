namespace Kestrel.Streams.Tests;

/// <summary>All of them, by name.</summary>
internal static class Targets
{
    public static IReadOnlyList<Target> All { get; } =
    [
        new ProxyTextTarget(),
        new ProxyBinaryTarget(),
        new AddressTarget(),
        new ClientAddressTarget(),
        new RecordsTarget(),
        new ReceiveBufferTarget(),
        new ServerSettingsTarget(),
        new ClientSettingsTarget(),
        new CertificateTarget(),
        new SystemdTarget(),
        new HexDumpTarget(),
        new PrintableTarget(),
    ];

    public static TheoryData<string> Names => [.. All.Select(static target => target.Name)];

    public static Target Of(string name) => All.Single(target => target.Name == name);
}
