using Microsoft.Extensions.Logging;

// A small application for the tests: which parts it has, they choose by configuration.
var builder = DistributedApplication.CreateBuilder(args);
if (builder.Configuration["Fail"] is { } message)
    throw new InvalidOperationException(message);

var secret = builder.AddParameter("passphrase", () => "open sesame", secret: true);
var child = builder.AddProject<Projects.Hosting_Sample_Child>("child")
    .WithHttpEndpoint()
    .WithHttpHealthCheck("/health")
    .WithEnvironment("GREETING", builder.Configuration["Greeting"])
    .WithEnvironment("PHRASE", $"it is {secret}")
    .WithCommand("greet", "Greet", context =>
    {
        context.Logger.LogInformation("Greeting in progress");
        return Task.FromResult(CommandResults.Success("greeted", "hello, hello"));
    }, new() { ConfirmationMessage = "Really greet?" });

builder.AddProject<Projects.Hosting_Sample_Child>("second", launchProfileName: null)
    .WithHttpEndpoint()
    .WithHttpHealthCheck("/health")
    .WithReference(child)
    .WithArgs("one", "two words")
    .WaitFor(child);

if (builder.Configuration["Grandchild"] is { } pidFile)
    builder.AddExecutable("parent", "sh", ".", "-c", $"setsid sleep 1000 & echo $! > '{pidFile}.tmp'; mv '{pidFile}.tmp' '{pidFile}'; exec sleep 1000");

builder.Build().Run();
