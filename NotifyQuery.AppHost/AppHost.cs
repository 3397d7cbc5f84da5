using Aspire.Hosting.AWS.Lambda;
using NotifyQuery.AppHost;
using NotifyQuery.AppHost.Backends;
using NotifyQuery.AppHost.Emulators;
using NotifyQuery.AppHost.Mapping;
using NotifyQuery.AppHost.NextTables;
using NotifyQuery.Operations;

LocalEnvironment.BypassProxyForLoopback();
var builder = DistributedApplication.CreateBuilder(args);
if (Settings.TryRead(builder.Configuration, builder.AppHostDirectory, out var settings, out var problem))
    problem = HandlerAccessCheck.Problem(settings);
QueryTablesOfRun? opened = null;
if (settings is not null && problem is null)
    (opened, problem) = await QueryTablesOfRun.TryOpenAsync(settings);
using var queryTables = opened;
if (settings is null || queryTables is null || problem is not null)
{
    Console.Error.WriteLine(problem);
    return 1;
}

if (settings.Backend is not BackendKind.Aws)
    LocalEnvironment.IgnoreAwsSettings();
builder.UseDirectProcesses();
builder.CheckHealthPromptly();

// AWS, or the local engine that replaces it.
var backend = builder.AddBackend("dynamodb", settings);
var tables = builder
    .AddTables("tables", backend, queryTables)
    .WithOperatorsCommands(backend, queryTables, settings.Writes)
    .WithDeadLetterCommands(backend, queryTables, settings.Writes)
    .WithNextTableCommands(backend, queryTables);
var emulator = builder.AddLambdaEmulator(settings.LambdaEmulator, settings.EmulatorPort).WithRestart();

// The time limit of one batch. The function then reports the records that it has not processed, and the event source waits this long for
// the response.
const string BatchTimeLimitSeconds = "30";

// The host names that callers on this machine use. A request with another host name comes from a web page whose name resolves to this
// machine.
const string LocalNames = "localhost;127.0.0.1;[::1]";

IResourceBuilder<ProjectResource>? eventSource = null;
IResourceBuilder<ProjectResource>? demoData = null;

// Write side: command-records -> stream -> event source -> StreamProcessor -> notification-records. An AWS account has a write side of its
// own. The AppHost only reads an account, unless the settings allow writes.
if (settings.Writes)
{
    // The settings that the stack declares for AWS. EventSourceMapping.cs lists the differences.
    IReadOnlyDictionary<string, string> mapping;
    try
    {
        mapping = EventSourceMapping.Read();
    }
    catch (StackTemplateException exception)
    {
        Console.Error.WriteLine(exception.Message);
        return 1;
    }

    var streamProcessor = builder
        .AddAWSLambdaFunction<Projects.NotifyQuery_Lambdas>("StreamProcessor", "stream-processor")
        .WithBackend(backend)
        .ServedBy(emulator, settings.LambdaEmulator)
        .WithEnvironment("Projection__TimeLimitSeconds", BatchTimeLimitSeconds) // the emulator's own limit is 15 minutes
        .WithEnvironment("Telemetry__XRayParent", "true") // an emulator may pass the trace context only as X-Ray's header
        .WithQueryTable(queryTables, tables => tables.Current)
        .WithRestart();

    eventSource = builder
        .AddProject<Projects.NotifyQuery_EventSource>("event-source")
        .WithHttpEndpoint()
        .WithHttpHealthCheck("/health")
        .WithBackend(backend)
        .WithLambda(emulator)
        .WithEnvironment("EventSource__FunctionName", streamProcessor.Resource.Name)
        .WithEnvironment("EventSource__FunctionTimeout", BatchTimeLimitSeconds)
        .WithMapping(mapping)
        .WithFilters(settings.FilterPatterns)
        .WithEventSourceCommands(backend)
        .WaitFor(tables)
        .WithLiveProperties()
        .WithRestart()
        .StopsFirst();

    // A second query table. A second pipeline fills it in parallel with the current one.
    builder.AddNextTable(queryTables, backend, emulator, tables, streamProcessor, eventSource);

    // Data to query during development.
    if (settings.DemoData)
    {
        demoData = builder
            .AddProject<Projects.NotifyQuery_Tools>("demo-data")
            .WithArgs("simulate-writes", "--if-empty", "--count", "300", "--users", "20")
            .WithArgs(settings.Backend is BackendKind.Aws ? ["--endpoint", "aws", "--allow-writes"] : [])
            .WithBackend(backend)
            .RunsOnce()
            .WaitFor(tables); // the event source also reads stream records from before its start
    }
}

// Read side: gateway -> Query -> Handler -> QueryResult -> notification-records. The slow processes start in parallel. They need the tables
// only for their first request, and the gateway accepts no request before everything is ready.
var queryResult = builder
    .AddAWSLambdaFunction<Projects.NotifyQuery_Lambdas>("QueryResult", "query-result")
    .WithBackend(backend)
    .ServedBy(emulator, settings.LambdaEmulator)
    .WithQueryTable(queryTables, tables => tables.Served)
    .WithStandIn(queryTables, backend, "query-result")
    .WithRestart();

var handler = builder
    .AddProject<Projects.NotifyQuery_Handler>("handler")
    .WithHttpEndpoint(port: settings.HandlerPort)
    .WithHttpHealthCheck("/health")
    .WithLambda(emulator)
    .WithEnvironment("QueryResult__FunctionName", queryResult.Resource.Name)
    .WithEnvironment("Cursor__Key", settings.CursorKey)
    .WithEnvironment("Access__Required", settings.AccessRequired ? "true" : "false")
    .WithEnvironment("AllowedHosts", LocalNames)
    .WithEnvironment("Cors__Origins", settings.CorsOrigins)
    .WithEnvironment("Handler__Status", "true") // used by 'notifyquery watch'
    .WithRestart();

var query = builder
    .AddAWSLambdaFunction<Projects.NotifyQuery_Lambdas>("Query", "query")
    .ServedBy(emulator, settings.LambdaEmulator)
    .WithEnvironment("Handler__BaseAddress", handler.GetEndpoint("http"))
    .WithEnvironment("Gateway__AllowedHosts", LocalNames)
    .WithRestart();

// One route for all paths: the hosting package stores only one route per function.
var gateway = builder
    .AddHttpApi("gateway", settings.LambdaEmulator, settings.GatewayPort)
    .WithReference(query, Method.Any, "/{proxy+}")
    .WaitFor(tables)
    .WaitFor(query)
    .WaitFor(queryResult)
    .WaitFor(handler)
    .WithRestart()
    .StopsFirst();

// No query needs the demo data before the gateway is ready. Writing the data takes processor time that the other processes need to start.
demoData?.WaitFor(gateway);

// The live pipeline, as lines in the log of a resource. It starts only when an operator starts it.
builder
    .AddProject<Projects.NotifyQuery_Tools>("watch")
    .WithArgs("watch", "--handler", handler.GetEndpoint("http"))
    .WithArgs(
        settings.Backend is BackendKind.Aws ? ["--endpoint", "aws"]
        : eventSource is null ? []
        : ["--event-source", eventSource.GetEndpoint("http")]
    )
    .WithBackend(backend)
    .WithExplicitStart();

builder.LimitTraces(settings.TracesPerSecond);
builder.UsePresentation();
builder.HideCancelledStart();
builder.AddStartupReport(settings, backend, queryTables, emulator, handler, gateway, eventSource, demoData);
await using var app = builder.Build();
return await app.RunToEndAsync();
