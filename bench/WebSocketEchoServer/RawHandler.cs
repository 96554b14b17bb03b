using System.Buffers;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Connections.Features;

namespace Kestrel.Streams.Bench;

/// <summary>Returns every line, on the pipes themselves: one flush for each read.</summary>
internal sealed class RawHandler : ConnectionHandler
{
    public override async Task OnConnectedAsync(ConnectionContext connection)
    {
        connection.Features.Get<ITransferFormatFeature>()!.ActiveFormat = TransferFormat.Binary;
        var (input, output) = (connection.Transport.Input, connection.Transport.Output);
        while (true)
        {
            var result = await input.ReadAsync();
            var rest = result.Buffer;
            while (rest.PositionOf((byte)'\n') is { } end)
            {
                var next = rest.GetPosition(1, end);
                foreach (var part in rest.Slice(0, next)) output.Write(part.Span);
                rest = rest.Slice(next);
            }

            input.AdvanceTo(rest.Start, rest.End);
            var flush = await output.FlushAsync();
            if (result.IsCompleted || flush.IsCompleted) return;
        }
    }
}
