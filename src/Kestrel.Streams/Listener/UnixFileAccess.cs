using System.Globalization;
using System.Runtime.InteropServices;

namespace Kestrel.Streams;

/// <summary>Who may connect to the file of a Unix socket: its mode and its group.</summary>
/// <param name="Mode">The mode; null for the usual one.</param>
/// <param name="Group">The name or the number of the group; null for that of the process.</param>
internal sealed record UnixFileAccess(UnixFileMode? Mode, string? Group)
{
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;
    private const UnixFileMode OwnerAndGroup = OwnerOnly | UnixFileMode.GroupRead | UnixFileMode.GroupWrite;
    private const UnixFileMode Permissions = OwnerAndGroup | UnixFileMode.UserExecute | UnixFileMode.GroupExecute
        | UnixFileMode.OtherRead | UnixFileMode.OtherWrite | UnixFileMode.OtherExecute;

    private const uint Unchanged = uint.MaxValue;

    /// <summary>The owner alone.</summary>
    public static UnixFileAccess Default { get; } = new(Mode: null, Group: null);

    /// <summary>What is wrong with the two before a group is looked up, as a sentence without its end; null for nothing.</summary>
    public string? Fault => this switch
    {
        { Mode: { } mode } when (mode & ~Permissions) != UnixFileMode.None => $"UnixFileMode is {mode}: give permissions to read, write and execute only",
        { Group: { } group } when string.IsNullOrWhiteSpace(group) => "UnixGroup is empty: give the name or the number of a group, or leave it",
        _ => null,
    };

    /// <summary>Looks up the group, so that an unknown one is seen before anything is bound.</summary>
    /// <returns>Sets the group and then the mode of a file: to be called before its socket listens, while nobody can connect to it.</returns>
    /// <exception cref="IOException">There is no such group; the message is the rest of a sentence.</exception>
    public Action<string> Prepare()
    {
        if (OperatingSystem.IsWindows())
        {
            return Mode is null && Group is null
                ? static _ => { }
            : throw new IOException("UnixFileMode and UnixGroup are set, and Windows has neither: set the permissions of the directory.");
        }

        var mode = Mode ?? (Group is null ? OwnerOnly : OwnerAndGroup);
        var group = Group is null ? Unchanged : FindGroup(Group);
        return path =>
        {
            if (group != Unchanged && ListenerLibc.ChangeOwner(path, Unchanged, group) < 0)
            {
                throw new IOException(
                    $"the group '{Group}' cannot be given to it ({Marshal.GetLastPInvokeErrorMessage()}): run as root, or as a user who is a member of the group.");
            }

            if (!OperatingSystem.IsWindows()) File.SetUnixFileMode(path, mode);
        };
    }

    private static unsafe uint FindGroup(string name)
    {
        if (uint.TryParse(name, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number != Unchanged) return number;
        for (var length = 1024; ; length *= 4)
        {
            var buffer = new byte[length];
            ListenerLibc.Group group;
            ListenerLibc.Group* found;
            int error;
            fixed (byte* start = buffer) error = ListenerLibc.GetGroup(name, &group, start, (nuint)length, &found);
            if (error == 0 && found is not null) return group.Id;
            // A group with many members has a long entry.
            if (error == ListenerLibc.ERANGE && length < 1 << 20) continue;
            throw new IOException($"there is no group '{name}' on this machine: give the name or the number of one that there is.");
        }
    }
}
