using Microsoft.Extensions.Options;
using NotifyQuery.EventSource;
using NotifyQuery.ServiceDefaults;

var builder = WebApplication.CreateSlimBuilder(args);
builder.AddServiceDefaults().AnswerToLocalNamesOnly();
builder.Services
    .AddDynamoDB(builder.Configuration)
    .AddDynamoDBStreams(builder.Configuration)
    .AddLambda(Timeout.InfiniteTimeSpan) // the event source keeps the time itself
    .AddEventSource(builder.Configuration);

var app = builder.Build();
app.MapDefaultEndpoints();
app.MapGet("/status", (EventSourceStatus status, DeadLetterHealth deadLetters) =>
    TypedResults.Json(status.Report() with { DeadLetters = deadLetters.Counted }, StatusJson.Default.StatusReport));
try
{
    await app.RunAsync();
    return 0;
}
catch (OptionsValidationException exception)
{
    foreach (var failure in exception.Failures) await Console.Error.WriteLineAsync(failure);
    return 1;
}
