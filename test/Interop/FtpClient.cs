using System.Globalization;
using System.Net;
using Kestrel.Streams.Testing;

namespace Kestrel.Streams.Tests;

/// <summary>FTP as one writes it on two streams: a conversation of lines, and a second connection for each transfer.</summary>
internal sealed class FtpClient(ConnectionStream control) : IAsyncDisposable
{
    private readonly ScriptedPeer _peer = new(control);

    /// <summary>The next answer: its code, and its lines without it. One of many lines ends with the line that has a space behind the code.</summary>
    public async Task<(int Code, string[] Lines)> ReadAnswerAsync()
    {
        var line = await _peer.ReadLineAsync();
        var code = line[..3];
        var lines = new List<string> { line[4..] };
        while (!line.StartsWith($"{code} ", StringComparison.Ordinal))
        {
            line = await _peer.ReadLineAsync();
            lines.Add(line.StartsWith(code, StringComparison.Ordinal) ? line[4..] : line);
        }

        return (int.Parse(code, CultureInfo.InvariantCulture), [.. lines]);
    }

    public async Task<(int Code, string[] Lines)> AskAsync(string command)
    {
        await _peer.SendAsync($"{command}\r\n");
        return await ReadAnswerAsync();
    }

    /// <summary>Fails unless the answer has this code.</summary>
    public async Task<string> ExpectAsync(int code, string command)
    {
        var answer = await AskAsync(command);
        Assert.True(answer.Code == code, $"'{command}' was answered with {answer.Code} {string.Join(' ', answer.Lines)}");
        return answer.Lines[^1];
    }

    /// <summary>The server ends the conversation, and says nothing more.</summary>
    public Task ExpectEofAsync() => _peer.ExpectEofAsync();

    public async Task LoginAsync()
    {
        await ReadAnswerAsync();
        await ExpectAsync(230, "USER anonymous");
        await ExpectAsync(200, "TYPE I");
    }

    /// <summary>Takes all that a command like RETR sends over a connection of its own.</summary>
    public async Task<byte[]> DownloadAsync(string command)
    {
        await using var data = await OpenDataAsync();
        await ExpectAsync(150, command);
        var all = await data.ReadToEndAsync().Within();
        Assert.Equal(226, (await ReadAnswerAsync()).Code);
        return all;
    }

    /// <summary>Gives a command like STOR its data; the end of the connection is the end of the file.</summary>
    public async Task UploadAsync(string command, byte[] content)
    {
        await using (var data = await OpenDataAsync())
        {
            await ExpectAsync(150, command);
            await data.WriteAsync(content).Within();
            await data.CloseAsync().Within();
        }

        Assert.Equal(226, (await ReadAnswerAsync()).Code);
    }

    /// <summary>A connection to the address that PASV tells: "Entering Passive Mode (127,0,0,1,156,64)."</summary>
    public async Task<ConnectionStream> OpenDataAsync()
    {
        var answer = await ExpectAsync(227, "PASV");
        var numbers = answer[(answer.IndexOf('(', StringComparison.Ordinal) + 1)..answer.IndexOf(')', StringComparison.Ordinal)]
            .Split(',').Select(number => byte.Parse(number, CultureInfo.InvariantCulture)).ToArray();
        var address = new IPEndPoint(new IPAddress(numbers.AsSpan(0, 4)), (numbers[4] << 8) | numbers[5]);
        return await StreamClient.ConnectAsync(address).Within();
    }

    public ValueTask DisposeAsync() => control.DisposeAsync();
}
