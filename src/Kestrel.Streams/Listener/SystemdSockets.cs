using System.Globalization;

namespace Kestrel.Streams;

/// <summary>The sockets that systemd has started this process with, by their names: socket activation, as <c>sd_listen_fds</c> has it.</summary>
internal static class SystemdSockets
{
    private const int FirstDescriptor = 3;

    /// <summary>More than any unit passes, and few enough to count them all.</summary>
    private const int MostSockets = 65_536;

    private const string UnnamedByTheManager = "unknown";

    /// <summary>The descriptors of a name; a unit may have several sockets.</summary>
    /// <exception cref="IOException">There are none; the message tells which names there are.</exception>
    public static IReadOnlyList<int> Find(StreamAddress address) => Find(address, Environment.GetEnvironmentVariable, Environment.ProcessId);

    /// <summary>The same, out of other variables than those of this process.</summary>
    public static IReadOnlyList<int> Find(StreamAddress address, Func<string, string?> variable, int processId)
    {
        if (variable("LISTEN_FDS") is not { Length: > 0 } countText || variable("LISTEN_PID") is not { Length: > 0 } processText)
            throw InheritedSocket.Cannot(address, "no sockets were passed to this process (LISTEN_FDS and LISTEN_PID are not set); start its socket unit, not the program itself");
        if (!TryNumber(countText, out var count) || count is 0 or > MostSockets)
            throw InheritedSocket.Cannot(address, $"LISTEN_FDS is '{countText}', not a number of sockets; start the program by its socket unit");
        // A program in between, a shell for instance, hands the variables on with the sockets, but they are not for us.
        if (!TryNumber(processText, out var process) || process != processId)
            throw InheritedSocket.Cannot(address, $"the sockets were passed to process {processText}, and this is process {processId}; have the service start the program itself, without another one in between");

        // Without the variable systemd has not named them.
        var names = variable("LISTEN_FDNAMES")?.Split(':') ?? [.. Enumerable.Repeat(UnnamedByTheManager, count)];
        if (names.Length != count)
            throw InheritedSocket.Cannot(address, $"{count} sockets were passed with {names.Length} names (LISTEN_FDS and LISTEN_FDNAMES); start the program by its socket unit");
        var descriptors = names.Index().Where(named => named.Item == address.Name).Select(static named => FirstDescriptor + named.Index).ToArray();
        if (descriptors.Length == 0)
            throw InheritedSocket.Cannot(address, $"no socket of this name was passed, only {string.Join(", ", names.Distinct())}; give the FileDescriptorName of the socket unit");
        return descriptors;
    }

    /// <summary>Keeps all that were passed, also those of other names, from the programs that this process starts.</summary>
    public static void KeepToOurselves()
    {
        if (!TryNumber(Environment.GetEnvironmentVariable("LISTEN_FDS") ?? "", out var count) || count > MostSockets) return;
        for (var descriptor = FirstDescriptor; descriptor < FirstDescriptor + count && InheritedSocket.TryKeepToOurselves(descriptor);) descriptor++;
    }

    private static bool TryNumber(string text, out int number) => int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out number);
}
