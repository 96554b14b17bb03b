using System.Collections.Concurrent;
using System.Net.Security;

namespace Kestrel.Streams.Tests;

/// <summary>Runs a program on two connected streams.</summary>
internal static class Runner
{
    /// <summary>What went against the model, with all that happened before; null when nothing did.</summary>
    /// <param name="program">The program.</param>
    /// <param name="limit">How long it may take, which it does only where it hangs: a busy machine takes its time.</param>
    public static async Task<string?> RunAsync(Program program, TimeSpan limit)
    {
        var pulse = new Pulse();
        var log = new ConcurrentQueue<string>();
        Wire toA = new(program.B.Room, pulse), toB = new(program.A.Room, pulse);
        End a = new(Side.A, program, toA, toB, pulse, log), b = new(Side.B, program, toB, toA, pulse, log);
        (a.Peer, b.Peer) = (b, a);
        End[] both = [a, b];
        var stage = "the steps";
        try
        {
            await Task.Run(() => RunAsync(program, both, [toA, toB], pulse, what => stage = what)).WaitAsync(limit);
            foreach (var end in both) end.CheckEnd();
        }
        catch (TimeoutException)
        {
            a.Wrong.Enqueue($"Still in {stage} after {limit.TotalSeconds} seconds. {a.UnderWay}. {b.UnderWay}.");
        }
        finally
        {
            foreach (var end in both) end.Stream.Abort();
        }

        return both.SelectMany(static end => end.Wrong).FirstOrDefault() is { } wrong ? $"{wrong}\n{program}{string.Join('\n', log.Prepend("What happened:"))}" : null;
    }

    private static async Task RunAsync(Program program, End[] both, Wire[] wires, Pulse pulse, Action<string> enter)
    {
        if (program.Tls) await UpgradeAsync(both[0].Stream, both[1].Stream);
        for (var i = 0; i < program.Steps.Length && !IsWrong(); i++)
        {
            var step = program.Steps[i];
            enter($"step {i + 1}, {step},");
            if (step.Op is Control { Kind: ControlKind.Settle }) await SettleAsync();
            else both[(int)step.Side].Begin(step);
            for (var turn = 0; turn < step.Turns; turn++) await Task.Yield();
        }

        enter("the settling");
        await SettleAsync();
        // Each reads all that comes, and then says that it has no more: a write that waits for room must not meet the close.
        foreach (var end in both.Where(static end => !end.IsClosing)) end.Begin(new Step(default, new Read(ReadKind.ToEnd, int.MaxValue)));
        if (program.Tls)
        {
            enter("the writes");
            await SettleAsync();
        }

        foreach (var end in both.Where(static end => !end.IsClosing))
        {
            end.Begin(end.Stream.CanWriteEof
                ? new Step(default, new Write(WriteKind.Eof, Awaited: true))
                : new Step(default, new Control(ControlKind.Close)));
        }

        enter("the reads to the end");
        await SettleAsync();
        enter("the closes");
        // Two that have unsent bytes and read no more would wait for one another.
        foreach (var wire in wires) wire.Widen();
        foreach (var end in both) end.Begin(new Step(default, new Control(ControlKind.Close)));
        foreach (var end in both) await end.EndAsync();

        bool IsWrong() => both.Any(static end => !end.Wrong.IsEmpty);
        Task SettleAsync() => pulse.UntilAsync(() => IsWrong() || both.All(static end => end.IsSettled()));
    }

    /// <summary>With words in plaintext before, which leave with the upgrade at the latest.</summary>
    private static async Task UpgradeAsync(ConnectionStream a, ConnectionStream b)
    {
        a.Write("STARTTLS\r\n"u8);
        await b.ReadExactlyAsync(10);
        b.Write("220 ready\r\n"u8);
        var upgrade = b.StartTlsAsync(new SslServerAuthenticationOptions { ServerCertificate = TestCertificates.Server }).AsTask();
        await a.ReadExactlyAsync(11);
        await a.StartTlsAsync(new SslClientAuthenticationOptions { TargetHost = "localhost", CertificateChainPolicy = TestCertificates.TrustAuthority });
        await upgrade;
    }
}
