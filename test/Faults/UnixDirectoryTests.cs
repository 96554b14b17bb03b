namespace Kestrel.Streams.Tests;

/// <summary>What may happen to the directory of a Unix socket.</summary>
public class UnixDirectoryTests
{
    [Theory]
    [InlineData("size=4k,nr_inodes=1", "nr_inodes=10", "No space left on device")]
    [InlineData("ro", "rw", "Read-only file system")]
    public async Task A_disk_that_takes_no_file_is_said_so_and_nothing_is_left(string bad, string good, string reason)
    {
        using var disk = new SmallDisk(bad);
        await using var server = new UnixStreamServer(Talk.EchoAsync, disk["s"]);

        for (var i = 0; i < 3; i++)
        {
            var error = await Assert.ThrowsAsync<IOException>(() => server.StartServingAsync()).Within();

            Assert.StartsWith($"Cannot listen on {disk["s"]}: {reason}", error.Message, StringComparison.Ordinal);
            Assert.False(server.IsBound);
            Assert.Empty(Directory.EnumerateFileSystemEntries(disk.Root));
        }

        // When there is room the same server binds.
        disk.Remount(good);
        await server.StartServingAsync().Within();
        await using var client = await server.ConnectAsync();
        await client.HearsItselfAsync();
        await client.CloseAsync().Within();
        await server.CloseAsync().Within();
        Assert.Empty(Directory.EnumerateFileSystemEntries(disk.Root));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task What_is_served_goes_on_when_its_file_has_vanished(bool withItsDisk)
    {
        using var disk = new SmallDisk("size=4k");
        await using var server = new UnixStreamServer(Talk.EchoAsync, disk["s"]);
        await server.StartServingAsync().Within();
        await using var client = await server.ConnectAsync();
        await client.HearsItselfAsync();

        if (withItsDisk) disk.Unmount();
        else File.Delete(disk["s"]);

        await client.HearsItselfAsync();
        var error = await Assert.ThrowsAsync<StreamConnectException>(() => StreamClient.ConnectUnixAsync(disk["s"])).Within();
        Assert.Contains("No such file or directory", error.Message, StringComparison.Ordinal);
        await using var second = new UnixStreamServer(Talk.EchoAsync, disk["s"]);
        await second.StartServingAsync().Within();
        await client.CloseAsync().Within();
        await server.CloseAsync().Within();

        // The file of the second one stays.
        await using var next = await StreamClient.ConnectUnixAsync(disk["s"]).Within();
        await next.HearsItselfAsync();
    }
}
