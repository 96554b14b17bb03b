using Kestrel.Streams.Samples.WebHost.Chat.RabbitMq;
using Microsoft.AspNetCore.Http.Connections;
using Microsoft.Extensions.Options;

namespace Kestrel.Streams.Samples.WebHost.Chat;

/// <summary>The chat as a part of the host.</summary>
internal static class ChatServices
{
    /// <summary>The name of the stream server, in the configuration and in metrics.</summary>
    public const string Server = "chat";

    public static IServiceCollection AddChat(this IServiceCollection services)
    {
        services.AddOptions<ChatOptions>().BindConfiguration("Chat").ValidateDataAnnotations().ValidateOnStart();
        services.AddSingleton(TimeProvider.System);
        services.AddSingleton<ChatMeter>();
        services.AddSingleton<ChatBackplane>(static provider => provider.GetRequiredService<IOptions<ChatOptions>>().Value is { Backplane: "" } alone
            ? new MemoryChatBackplane(alone)
            : ActivatorUtilities.CreateInstance<RabbitMqChatBackplane>(provider));
        services.AddSingleton<ChatRooms>();
        services.AddSingleton<ChatCommands>();
        services.AddSingleton<ChatHandler>();
        services.AddSingleton<ChatDrain>();
        // Before the server, so that nobody is served by rooms that hear nothing.
        services.AddHostedService<ChatStart>();
        services.AddStreamServer<ChatHandler>(Server);
        services.AddConnections();
        services.AddHealthChecks().AddStreamServerCheck(Server).AddCheck<ChatHealth>("rooms");
        return services;
    }

    /// <summary>The chat over WebSockets, and whether the node is ready.</summary>
    public static void MapChat(this WebApplication app)
    {
        app.MapConnectionHandler<ChatHandler>("/chat", static options => options.Transports = HttpTransportType.WebSockets);
        app.MapHealthChecks("/ready");
    }

    /// <summary>Begins to hear of the other nodes. The end is that of the backplane, which the host disposes when all connections are gone.</summary>
    private sealed class ChatStart(ChatBackplane backplane, ChatRooms rooms) : IHostedService
    {
        public Task StartAsync(CancellationToken cancellationToken) => backplane.StartAsync(rooms, cancellationToken);

        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    }
}
