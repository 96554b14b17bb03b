namespace Kestrel.Streams.Tests;

/// <summary>A second thread, which does something at the same moment as the first one, or a little earlier or later.</summary>
internal sealed class Rival : IDisposable
{
    private readonly SemaphoreSlim _turn = new(0);
    private readonly Thread _thread;
    private Action? _call;
    private int _isReady;
    private int _isGo;
    private bool _isOver;

    public Rival()
    {
        _thread = new Thread(Run) { IsBackground = true, Name = "Rival" };
        _thread.Start();
    }

    /// <summary>A moment of up to some ten microseconds, mostly a short one.</summary>
    public static int AnyMoment(Random random) => random.Next(1 << random.Next(12));

    /// <summary>Both begin, each after its own moment; what they have begun may go on when this returns.</summary>
    public (Task Mine, Task Theirs) Meet(int myMoment, Func<Task> mine, int theirMoment, Func<Task> theirs)
    {
        var begun = new TaskCompletionSource<Task>(TaskCreationOptions.RunContinuationsAsynchronously);
        _call = () =>
        {
            Thread.SpinWait(theirMoment);
            begun.SetResult(Begin(theirs));
        };
        _isReady = _isGo = 0;
        _turn.Release();
        var wait = new SpinWait();
        while (Volatile.Read(ref _isReady) == 0) wait.SpinOnce(-1);
        Volatile.Write(ref _isGo, 1);
        Thread.SpinWait(myMoment);
        return (Begin(mine), begun.Task.Unwrap());
    }

    public void Dispose()
    {
        _isOver = true;
        _turn.Release();
        _thread.Join();
        _turn.Dispose();
    }

    private static Task Begin(Func<Task> call)
    {
        try
        {
            return call();
        }
        catch (Exception e)
        {
            return Task.FromException(e);
        }
    }

    private void Run()
    {
        while (true)
        {
            _turn.Wait();
            if (_isOver) return;
            var call = _call!;
            Volatile.Write(ref _isReady, 1);
            var wait = new SpinWait();
            while (Volatile.Read(ref _isGo) == 0) wait.SpinOnce(-1);
            call();
        }
    }
}
