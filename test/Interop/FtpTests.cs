namespace Kestrel.Streams.Tests;

/// <summary>Our client and vsftpd: one connection for the conversation, and one more for every transfer.</summary>
public sealed class FtpTests
{
    private static readonly byte[] _everyByte = [.. Enumerable.Range(0, 256).Select(i => (byte)i)];

    [Fact]
    public Task A_greeting_of_many_lines_is_one_answer() => RunAsync(async (ftp, _) =>
    {
        var greeting = await ftp.ReadAnswerAsync();
        Assert.Equal(220, greeting.Code);
        Assert.Equal(["Welcome.", "", "220 is not the end of it:", "this is", ""], greeting.Lines);

        await ftp.ExpectAsync(230, "USER anonymous");
        var (code, features) = await ftp.AskAsync("FEAT");
        Assert.Equal(211, code);
        Assert.Equal(" PASV", features.Single(feature => feature.Contains("PASV", StringComparison.Ordinal)));
    }, banner: "Welcome.\n\n220 is not the end of it:\nthis is\n");

    [Fact]
    public Task A_list_of_names_comes_over_a_second_connection() => RunAsync(async (ftp, root) =>
    {
        await ftp.LoginAsync();
        Assert.Empty(await ftp.DownloadAsync("NLST"));

        string[] names = [.. Enumerable.Range(0, 500).Select(i => $"file {i:000} of many")];
        foreach (var name in names)
            await File.WriteAllTextAsync(Path.Combine(root, name), "");
        Assert.Equal(names, Samples.Text(await ftp.DownloadAsync("NLST")).Split("\r\n", StringSplitOptions.RemoveEmptyEntries).Order());
    });

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(5_000_000)]
    public Task A_file_comes_as_it_is(int size) => RunAsync(async (ftp, root) =>
    {
        byte[] content = size < 2 ? [.. _everyByte[..size]] : [.. _everyByte, .. Samples.Random(size)];
        await File.WriteAllBytesAsync(Path.Combine(root, "file"), content);
        await ftp.LoginAsync();
        Assert.Equal(Samples.Sha256(content), Samples.Sha256(await ftp.DownloadAsync("RETR file")));
    });

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(5_000_000)]
    public Task What_we_send_and_close_is_a_file(int size) => RunAsync(async (ftp, root) =>
    {
        byte[] content = size < 2 ? [.. _everyByte[..size]] : [.. _everyByte, .. Samples.Random(size)];
        await ftp.LoginAsync();
        await ftp.UploadAsync("STOR file", content);
        Assert.Equal(Samples.Sha256(content), Samples.Sha256(await File.ReadAllBytesAsync(Path.Combine(root, "file"))));
        Assert.Equal(Samples.Sha256(content), Samples.Sha256(await ftp.DownloadAsync("RETR file")));
    });

    [Fact]
    public Task A_transfer_that_we_abort_leaves_the_conversation_usable() => RunAsync(async (ftp, root) =>
    {
        await File.WriteAllBytesAsync(Path.Combine(root, "file"), new byte[64 * Samples.Mebibyte]);
        await ftp.LoginAsync();
        await using (var data = await ftp.OpenDataAsync())
        {
            await ftp.ExpectAsync(150, "RETR file");
            Assert.Equal(new byte[100_000], await data.ReadExactlyAsync(100_000).Within());
            await data.AbortAsync().Within();
        }

        Assert.Equal(426, (await ftp.ReadAnswerAsync()).Code);
        Assert.Equal("file\r\n", Samples.Text(await ftp.DownloadAsync("NLST")));
    });

    [Fact]
    public Task Its_goodbye_is_followed_by_the_end() => RunAsync(async (ftp, _) =>
    {
        await ftp.LoginAsync();
        await ftp.ExpectAsync(221, "QUIT");
        await ftp.ExpectEofAsync();
    });

    private static Task RunAsync(Func<FtpClient, string, Task> test, string banner = "Welcome.\n") =>
        new Vsftpd(banner).RunAsync(Network.Tcp, async (place, _) =>
        {
            await using var ftp = new FtpClient(await OurClient.ConnectAsync(place));
            await test(ftp, Vsftpd.Root(place).FullName);
        });
}
