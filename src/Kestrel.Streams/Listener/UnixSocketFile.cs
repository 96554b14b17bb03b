namespace Kestrel.Streams;

/// <summary>The file of a Unix socket, known again by its times: the base library has no inode numbers.</summary>
internal sealed class UnixSocketFile
{
    private readonly string _path;
    private readonly (DateTime Created, DateTime Written) _times;

    private UnixSocketFile(string path)
    {
        // The working directory may change before the file is removed.
        _path = Path.GetFullPath(path);
        _times = TimesOf(_path);
    }

    public static UnixSocketFile At(string path) => new(path);

    /// <summary>Whether the file is a socket: the base library does not tell, but no socket can be opened.</summary>
    public static bool IsSocket(string path)
    {
        const int NoSuchDeviceOrAddress = 6; // Linux
        const int NotSupportedOnSocket = 102; // macOS
        try
        {
            File.OpenHandle(path, FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite | FileShare.Delete).Dispose();
            return false;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return e.HResult is NoSuchDeviceOrAddress or NotSupportedOnSocket;
        }
    }

    public void RemoveIfSame()
    {
        try
        {
            if (File.Exists(_path) && TimesOf(_path) == _times) File.Delete(_path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // A file that stays is replaced by the next server as one of a dead one.
        }
    }

    private static (DateTime Created, DateTime Written) TimesOf(string path) =>
        (File.GetCreationTimeUtc(path), File.GetLastWriteTimeUtc(path));
}
