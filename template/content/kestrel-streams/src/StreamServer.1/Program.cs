using StreamServer._1;

// Addresses, limits and timeouts are in appsettings.json, in environment variables or in arguments:
// --Streams:Servers:greetings:Endpoints:Main:Url=tcp://127.0.0.1:9000
var builder = Host.CreateApplicationBuilder(args);
builder.Services.AddStreamServer<GreetingHandler>("greetings");
return await builder.Build().RunWithExitCodeAsync();
