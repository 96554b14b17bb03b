namespace Kestrel.Streams.Tests;

/// <summary>Smaller programs that may fail in the same way.</summary>
internal static class Shrink
{
    /// <summary>The smallest program found that still fails, and how.</summary>
    public static async Task<string> FindAsync(Program program, string report, TimeSpan patience)
    {
        using var over = new CancellationTokenSource(patience);
        while (!over.IsCancellationRequested)
        {
            var smaller = (Program?)null;
            foreach (var candidate in Smaller(program))
            {
                // What depends on how threads meet does not happen each time.
                for (var i = 0; i < 20 && smaller is null && !over.IsCancellationRequested; i++)
                {
                    // One that hangs shall leave time for others.
                    if (await Runner.RunAsync(candidate, TimeSpan.FromSeconds(5)) is { } failed) (smaller, report) = (candidate, failed);
                }

                if (smaller is not null || over.IsCancellationRequested) break;
            }

            if (smaller is null) break;
            program = smaller;
        }

        return report;
    }

    private static IEnumerable<Program> Smaller(Program program)
    {
        var steps = program.Steps;
        for (var size = (steps.Length + 1) / 2; size > 0; size /= 2)
        {
            for (var at = 0; at + size <= steps.Length; at += size) yield return program with { Steps = [.. steps[..at], .. steps[(at + size)..]] };
        }

        foreach (var weather in Fairer(program.A)) yield return program with { A = weather };
        foreach (var weather in Fairer(program.B)) yield return program with { B = weather };
        for (var i = 0; i < steps.Length; i++)
        {
            foreach (var step in Simpler(steps[i])) yield return program with { Steps = [.. steps[..i], step, .. steps[(i + 1)..]] };
        }

        if (program.HighWaterMark != 65536) yield return program with { HighWaterMark = 65536 };
        if (program.Limit != ConnectionStream.DefaultLimit) yield return program with { Limit = ConnectionStream.DefaultLimit };
    }

    private static IEnumerable<Weather> Fairer(Weather weather)
    {
        Weather[] all =
        [
            Weather.Fair, weather with { SendFault = null }, weather with { ReceiveFault = null }, weather with { Room = int.MaxValue },
            weather with { Delays = [0] }, weather with { Cuts = [0] }, weather with { Cuts = [1] }, weather with { Tries = false },
            weather with { Probes = true, GivesUp = true, EndsOutput = true },
        ];
        return all.Where(fairer => $"{fairer}" != $"{weather}" && !(fairer.Cuts is [1] && weather.Cuts is [0]));
    }

    private static IEnumerable<Step> Simpler(Step step)
    {
        if (step.Cancel is not null) yield return step with { Cancel = null };
        if (step.Turns > 0) yield return step with { Turns = 0 };
        switch (step.Op)
        {
            case Read { Kind: not (ReadKind.Line or ReadKind.Exactly) } read:
                if (read.Kind != ReadKind.TryBorrowLine) yield return step with { Op = new Read(ReadKind.Line) };
                if (read.Separators.Length > 1) yield return step with { Op = read with { Separators = read.Separators[1..] } };
                if (read.Separators.Length > 1) yield return step with { Op = read with { Separators = read.Separators[..^1] } };
                if (read.Count > 1) yield return step with { Op = read with { Count = read.Count / 2 } };
                break;
            case Read { Count: > 1 } read:
                yield return step with { Op = read with { Count = read.Count / 2 } };
                yield return step with { Op = read with { Count = read.Count - 1 } };
                break;
            case Write write:
                if (write.Kind is not (WriteKind.Write or WriteKind.Flush or WriteKind.Drain or WriteKind.Eof)) yield return step with { Op = write with { Kind = WriteKind.Write } };
                for (var i = 0; i < write.Parts.Length; i++)
                {
                    if (write.Parts.Length > 1) yield return step with { Op = write with { Parts = [.. write.Parts[..i], .. write.Parts[(i + 1)..]] } };
                    foreach (var piece in Shorter(write.Parts[i])) yield return step with { Op = write with { Parts = [.. write.Parts[..i], piece, .. write.Parts[(i + 1)..]] } };
                }

                break;
        }
    }

    private static IEnumerable<Piece> Shorter(Piece piece)
    {
        if (piece.Lines > 0) yield return piece with { Lines = 0 };
        if (piece.Lines > 1) yield return piece with { Lines = piece.Lines / 2 };
        if (piece.Text.Length > 3) yield return piece with { Text = piece.Text[(piece.Text.Length / 2)..] };
        for (var i = 0; i < piece.Text.Length; i++) yield return piece with { Text = piece.Text.Remove(i, 1) };
    }
}
