namespace Kestrel.Streams.Tests;

/// <summary>The working directory is the whole process's.</summary>
[Collection(Alone.Name)]
public class WorkingDirectoryTests
{
    [Fact]
    public async Task The_file_of_a_relative_path_is_removed_although_the_working_directory_has_changed()
    {
        using var directory = new TempDirectory();
        var before = Environment.CurrentDirectory;
        try
        {
            Environment.CurrentDirectory = directory.Root;
            var server = new UnixStreamServer(Talk.EchoAsync, "s");
            await server.StartServingAsync().Within();
            Assert.True(File.Exists(directory["s"]));
            Environment.CurrentDirectory = before;

            await server.CloseAsync().Within();

            Assert.False(File.Exists(directory["s"]));
        }
        finally
        {
            Environment.CurrentDirectory = before;
        }
    }
}
