using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Kestrel.Streams.Tests;

/// <summary>
/// Errors of the kernel that no test can bring about, such as those of its buffers: strace injects them into the calls of a whole program,
/// the sample EchoServer.
/// </summary>
public class KernelErrorTests
{
    /// <summary>Every second accept fails.</summary>
    [Theory]
    [InlineData("ENOBUFS")]
    [InlineData("ENOMEM")]
    [InlineData("EPROTO")]
    public async Task An_accept_that_fails_is_tried_again_and_every_peer_is_served(string error)
    {
        await using var server = await InjectedServer.StartAsync("accept4", error, "1+2");

        for (var i = 0; i < 6; i++) Assert.Equal("hello\n", await server.AskAsync());

        await server.LivesAsync();
    }

    /// <summary>Every second call of a thread fails: its connection is broken, and no other.</summary>
    [Theory]
    [InlineData("sendto", "ENOBUFS")]
    [InlineData("recvfrom", "ENOMEM")]
    [InlineData("epoll_ctl", "ENOMEM")]
    public async Task A_call_that_fails_for_a_connection_breaks_this_one_only(string call, string error)
    {
        await using var server = await InjectedServer.StartAsync(call, error, "2+2");
        var answers = new List<string>();

        for (var i = 0; i < 20; i++) answers.Add(await server.AskAsync());

        // The whole answer or none: never a part.
        Assert.All(answers, static answer => Assert.Contains(answer, (string[])["hello\n", ""]));
        Assert.Contains("hello\n", answers);
        await server.LivesAsync();
    }

    private sealed class InjectedServer(ChildProcess process, EndPoint endPoint) : IAsyncDisposable
    {
        public static async Task<InjectedServer> StartAsync(string call, string error, string when)
        {
            var process = ChildProcess.EchoServer("strace", "-f", "--seccomp-bpf", "-qq", "-o", "/dev/null", "-e", $"trace={call}", "-e", $"inject={call}:error={error}:when={when}");
            try
            {
                return new InjectedServer(process, IPEndPoint.Parse((await process.LineAsync()).Split(' ')[^1]));
            }
            catch (EndOfStreamException refusal)
            {
                await process.DisposeAsync();
                Assert.Skip($"This machine lets nobody trace a program: {refusal.Message}");
                throw;
            }
        }

        /// <summary>What comes until the end, or the reset.</summary>
        public async Task<string> AskAsync()
        {
            using var peer = FaultProxy.NewSocket(AddressFamily.InterNetwork);
            var answer = new byte[100];
            var count = 0;
            try
            {
                await peer.ConnectAsync(endPoint).Within();
                await peer.SendAsync("hello\n"u8.ToArray()).Within();
                for (int some; (some = await peer.ReceiveAsync(answer.AsMemory(count)).Within()) > 0;) count += some;
            }
            catch (SocketException)
            {
                // Broken.
            }

            return Encoding.UTF8.GetString(answer, 0, count);
        }

        /// <summary>It has complained of nothing but what was injected, and of that as of a matter of the network.</summary>
        public async Task LivesAsync()
        {
            var lines = await process.EndAsync();
            Assert.DoesNotContain(lines, static line => line.StartsWith("fail:", StringComparison.Ordinal) || line.StartsWith("crit:", StringComparison.Ordinal) || line.Contains("Unhandled", StringComparison.Ordinal));
        }

        public ValueTask DisposeAsync() => process.DisposeAsync();
    }
}
