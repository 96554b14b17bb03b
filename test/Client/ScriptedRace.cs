using System.Net;
using System.Net.Sockets;

namespace Kestrel.Streams.Tests;

/// <summary>A race whose attempts end when the test says so.</summary>
internal sealed class ScriptedRace
{
    private readonly Attempt[] _attempts;
    private int _started;

    public ScriptedRace(StreamClientOptions options, int addresses, CancellationToken cancellationToken)
    {
        EndPoints = [.. Enumerable.Range(0, addresses).Select(last => new IPEndPoint(IPAddress.Parse($"192.0.2.{last}"), 80))];
        _attempts = [.. EndPoints.Select(_ => new Attempt())];
        var clock = new ConnectClock(options.ConnectTimeout, options.Time);
        Result = new AddressRace(options, clock, Dial).RunAsync(new DnsEndPoint("printer", 80), EndPoints, cancellationToken);
    }

    public IPEndPoint[] EndPoints { get; }

    public Task<Socket> Result { get; }

    public int Started => Volatile.Read(ref _started);

    public Attempt this[int index] => _attempts[index];

    public async Task EndAsync()
    {
        foreach (var attempt in _attempts)
        {
            await attempt.Begun.Within();
            attempt.Fail(SocketError.ConnectionRefused);
        }

        await Assert.ThrowsAsync<StreamConnectException>(() => Result).Within();
    }

    private Task<Socket> Dial(EndPoint endPoint, CancellationToken token)
    {
        Assert.Equal(EndPoints[_started], endPoint);
        return _attempts[_started++].Begin(token);
    }

    internal sealed class Attempt
    {
        private readonly TaskCompletionSource _begun = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private readonly TaskCompletionSource<Socket> _end = new(); // seen at once, so that ends come in the order of the test
        private Action<Attempt>? _onCancelled;

        public Task Begun => _begun.Task;

        public CancellationToken Token { get; private set; }

        public Task<Socket> Begin(CancellationToken token)
        {
            Token = token;
            token.Register(() =>
            {
                _onCancelled?.Invoke(this);
                _end.TrySetCanceled(token);
            });
            _begun.SetResult();
            return _end.Task;
        }

        public void OnCancelled(Action<Attempt> action) => _onCancelled = action;

        public void Connect(Socket socket) => _end.TrySetResult(socket);

        public void Fail(SocketError error) => _end.TrySetException(new SocketException((int)error));
    }
}
