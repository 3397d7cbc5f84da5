using Microsoft.Extensions.Options;
using NotifyQuery.DynamoDB;
using NotifyQuery.EventSource.Health;
using NotifyQuery.EventSource.Hosting;
using NotifyQuery.ServiceDefaults;
using OpenTelemetry.Trace;

var builder = WebApplication.CreateSlimBuilder(args);

// The AWS call has a span. A span for its HTTP request would be redundant.
builder
    .AddServiceDefaults(traces => traces.AddAWSInstrumentation(calls => calls.SuppressDownstreamInstrumentation = true))
    .AnswerToLocalNamesOnly();
builder
    .Services.AddDynamoDB(builder.Configuration)
    .AddDynamoDBStreams(builder.Configuration)
    .AddLambda()
    .AddEventSource(builder.Configuration);

var app = builder.Build();
app.MapDefaultEndpoints();
app.MapGet(
    "/status",
    (EventSourceStatus status, DeadLetterHealth deadLetters) =>
        TypedResults.Json(status.Report() with { DeadLetters = deadLetters.Counted }, StatusJson.Default.StatusReport)
);
try
{
    await app.RunAsync();
    return 0;
}
catch (OptionsValidationException exception)
{
    foreach (var failure in exception.Failures)
        await Console.Error.WriteLineAsync(failure);
    return 1;
}
