// A small application for the tests: which parts it has, they choose by configuration.
var builder = DistributedApplication.CreateBuilder(args);
if (builder.Configuration["Fail"] is { } message)
    throw new InvalidOperationException(message);

var child = builder.AddProject<Projects.Hosting_Sample_Child>("child")
    .WithHttpEndpoint()
    .WithHttpHealthCheck("/health")
    .WithEnvironment("GREETING", builder.Configuration["Greeting"]);

builder.AddProject<Projects.Hosting_Sample_Child>("second", launchProfileName: null)
    .WithHttpEndpoint()
    .WithHttpHealthCheck("/health")
    .WithReference(child)
    .WithArgs("one", "two words")
    .WaitFor(child);

if (builder.Configuration["Grandchild"] is { } pidFile)
    builder.AddExecutable("parent", "sh", ".", "-c", $"setsid sleep 1000 & echo $! > '{pidFile}.tmp'; mv '{pidFile}.tmp' '{pidFile}'; exec sleep 1000");

builder.Build().Run();
