namespace Kestrel.Streams.Tests;

/// <summary>The variables of socket activation, as a service manager sets them, and as others leave them.</summary>
public class SystemdSocketsTests
{
    private const int Us = 4711;

    [Theory]
    [InlineData("web", "1", "web", new[] { 3 })]
    [InlineData("web", "3", "admin:web:web", new[] { 4, 5 })]
    [InlineData("echo.socket", "2", "other.socket:echo.socket", new[] { 4 })]
    [InlineData("unknown", "2", null, new[] { 3, 4 })] // systemd before its names
    [InlineData("unknown", "1", "unknown", new[] { 3 })]
    public void A_name_has_its_descriptors(string name, string count, string? names, int[] descriptors) =>
        Assert.Equal(descriptors, Find(name, $"{Us}", count, names));

    [Theory]
    [InlineData(null, null, null, "no sockets were passed to this process (LISTEN_FDS and LISTEN_PID are not set); start its socket unit, not the program itself")]
    [InlineData("", "", "", "no sockets were passed to this process (LISTEN_FDS and LISTEN_PID are not set); start its socket unit, not the program itself")]
    [InlineData(null, "1", "web", "no sockets were passed to this process (LISTEN_FDS and LISTEN_PID are not set); start its socket unit, not the program itself")]
    [InlineData("4711", "0", "", "LISTEN_FDS is '0', not a number of sockets; start the program by its socket unit")]
    [InlineData("4711", "-1", "web", "LISTEN_FDS is '-1', not a number of sockets; start the program by its socket unit")]
    [InlineData("4711", "65537", null, "LISTEN_FDS is '65537', not a number of sockets; start the program by its socket unit")]
    [InlineData("4711", "2147483647", null, "LISTEN_FDS is '2147483647', not a number of sockets; start the program by its socket unit")]
    [InlineData("4711", "two", "web", "LISTEN_FDS is 'two', not a number of sockets; start the program by its socket unit")]
    [InlineData("4710", "1", "web", "the sockets were passed to process 4710, and this is process 4711; have the service start the program itself, without another one in between")]
    [InlineData("me", "1", "web", "the sockets were passed to process me, and this is process 4711; have the service start the program itself, without another one in between")]
    [InlineData("4711", "2", "web", "2 sockets were passed with 1 names (LISTEN_FDS and LISTEN_FDNAMES); start the program by its socket unit")]
    [InlineData("4711", "3", "mail:admin:mail", "no socket of this name was passed, only mail, admin; give the FileDescriptorName of the socket unit")]
    [InlineData("4711", "1", null, "no socket of this name was passed, only unknown; give the FileDescriptorName of the socket unit")]
    [InlineData("4711", "1", "WEB", "no socket of this name was passed, only WEB; give the FileDescriptorName of the socket unit")]
    public void Whatever_else_there_is_is_told(string? process, string? count, string? names, string why)
    {
        var error = Assert.Throws<IOException>(() => Find("web", process, count, names));

        Assert.Equal($"Cannot listen on systemd:web: {why}.", error.Message);
    }

    private static IReadOnlyList<int> Find(string name, string? process, string? count, string? names)
    {
        Assert.True(StreamAddress.TryParse($"systemd:{name}", out var address, out _));
        return SystemdSockets.Find(
            address,
            variable => variable switch
            {
                "LISTEN_PID" => process,
                "LISTEN_FDS" => count,
                "LISTEN_FDNAMES" => names,
                _ => throw new ArgumentException($"{variable} is none of the three.", nameof(name)),
            },
            Us);
    }
}
