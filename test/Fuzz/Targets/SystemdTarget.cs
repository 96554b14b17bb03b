using System.Globalization;

namespace Kestrel.Streams.Tests;

/// <summary>The environment of socket activation: descriptors, or one kind of exception, at no cost that the variables could set.</summary>
internal sealed class SystemdTarget : Target
{
    private const int Us = 4711;

    public override string Name => "systemd";

    public override int Longest => 200;

    public override IReadOnlyList<byte[]> Tokens { get; } = ByteText.Tokens("4711", "1", "2", "2147483647", "2147483644", "web", "unknown", ":", "\n", "web:web", "00002", " ", "-1");

    /// <summary>A line for each: the process, the count, the names, the name that is asked for; one that is missing is not set.</summary>
    public override string Run(byte[] input)
    {
        var lines = ByteText.Of(input).Split('\n');
        var (process, count, names) = (At(0), At(1), At(2));
        if (!StreamAddress.TryParse("systemd:" + (At(3) ?? "web"), out var address, out _)) return "no address";
        var expected = Expect(process, count, names, address.Name!);
        var before = GC.GetAllocatedBytesForCurrentThread();
        try
        {
            var found = SystemdSockets.Find(address, variable => variable switch { "LISTEN_PID" => process, "LISTEN_FDS" => count, _ => names }, Us);
            Assert.Equal(expected, found);
            return $"{found.Count}";
        }
        catch (IOException e)
        {
            Assert.Null(expected);
            Assert.StartsWith($"Cannot listen on {address}: ", e.Message, StringComparison.Ordinal);
            return AddressTarget.FaultWords(e.Message[(address.ToString().Length + 19)..].Split(", only")[0]);
        }
        finally
        {
            Assert.True(GC.GetAllocatedBytesForCurrentThread() - before < 4_000_000, "A number in the environment costs memory.");
        }

        string? At(int line) => line < lines.Length ? lines[line] : null;
    }

    private static List<int>? Expect(string? process, string? count, string? names, string wanted)
    {
        if (process != "4711" && !(process?.TrimStart('0') == "4711" && process.All(char.IsAsciiDigit))) return null;
        if (count is null or "" || !count.All(char.IsAsciiDigit) || !int.TryParse(count, CultureInfo.InvariantCulture, out var number) || number is 0 or > 65_536) return null;
        var all = names is null ? [.. Enumerable.Repeat("unknown", number)] : names.Split(':');
        if (all.Length != number) return null;
        List<int> found = [.. all.Index().Where(one => one.Item == wanted).Select(static one => 3 + one.Index)];
        return found.Count > 0 ? found : null;
    }
}
