using System.Diagnostics;
using System.Text.Json;
using Amazon.DynamoDBv2;
using Amazon.Lambda.Core;
using Amazon.Lambda.RuntimeSupport;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using NotifyQuery.Core.Ports;
using NotifyQuery.Core.Queries;
using NotifyQuery.DynamoDB;
using NotifyQuery.ServiceDefaults;
using OpenTelemetry.Instrumentation.AWSLambda;

namespace NotifyQuery.Lambdas.QueryResult;

/// <summary>The only function that reads notification-records. It has no write permission.</summary>
/// <param name="reader">Reads the table.</param>
/// <param name="timeLimit">
/// The time limit for reading one page. It must be shorter than the Handler's timeout, so that the Handler receives the error, regardless
/// of the runtime's own limit.
/// </param>
/// <param name="time">The clock.</param>
internal sealed class QueryResultFunction(INotificationReader reader, TimeSpan timeLimit, TimeProvider time)
{
    /// <summary>The number of SDK retries of a Query. The retries and pauses fit into <see cref="ReadTimeLimits.TableAttempt"/>.</summary>
    private const int TableRetries = 2;

    public static void Configure(IServiceCollection services, IConfiguration configuration)
    {
        var timeLimit = configuration.Seconds(
            "Table:TimeoutSeconds",
            ReadTimeLimits.Table,
            ReadTimeLimits.QueryResultFunction,
            "the function's own timeout"
        );
        var attemptLimit = configuration.Seconds(
            "Table:AttemptSeconds",
            timeLimit * (ReadTimeLimits.TableAttempt / ReadTimeLimits.Table),
            timeLimit,
            "Table:TimeoutSeconds"
        );
        services
            .AddDynamoDB(configuration, TableRetries)
            .AddSingleton<INotificationReader>(provider => new DynamoDBNotificationReader(
                provider.GetRequiredService<IAmazonDynamoDB>(),
                provider.GetRequiredService<TableNames>(),
                attemptLimit,
                provider.GetRequiredService<TimeProvider>(),
                timeLimit / 2 // no new read starts after half of the limit; reads in progress may use the other half
            ))
            .AddSingleton(provider => new QueryResultFunction(
                provider.GetRequiredService<INotificationReader>(),
                timeLimit,
                provider.GetRequiredService<TimeProvider>()
            ));
    }

    public static LambdaBootstrapBuilder CreateBootstrap(IServiceProvider provider)
    {
        var function = provider.GetRequiredService<QueryResultFunction>();
        var flush = provider.GetRequiredService<TelemetryFlush>();
        return LambdaBootstrapBuilder.Create(
            flush.After<Stream, ILambdaContext, Stream>(
                async (payload, context) =>
                {
                    var request =
                        await JsonSerializer.DeserializeAsync(payload, QueryResultJson.Default.QueryResultRequest)
                        ?? throw new JsonException("the request is null");
                    // The request includes the trace context, because not every engine forwards the client context of an invocation.
                    ActivityContext.TryParse(request.TraceParent, request.TraceState, isRemote: true, out var parent);
                    var response = await AWSLambdaWrapper.TraceAsync(null, function.HandleAsync, request, context, parent);
                    return new MemoryStream(JsonSerializer.SerializeToUtf8Bytes(response, QueryResultJson.Default.QueryResultResponse));
                }
            )
        );
    }

    public async Task<QueryResultResponse> HandleAsync(QueryResultRequest request, ILambdaContext context)
    {
        var remaining = context.RemainingTime < timeLimit ? context.RemainingTime : timeLimit;
        using var deadline = new CancellationTokenSource(remaining > TimeSpan.Zero ? remaining : TimeSpan.Zero, time);
        try
        {
            return new(await reader.ReadAsync(request.Query, deadline.Token));
        }
        catch (NotificationReadException exception)
        {
            Activity
                .Current?.AddException(exception)
                .SetTag("error.type", exception.Failure.ToString())
                .SetStatus(ActivityStatusCode.Error, exception.Message);
            return new(null, new(exception.Failure, exception.Message));
        }
        catch (OperationCanceledException) when (deadline.IsCancellationRequested)
        {
            Activity
                .Current?.SetTag("error.type", nameof(ReadFailure.Timeout))
                .SetStatus(ActivityStatusCode.Error, "the function's time limit was reached");
            return new(null, new(ReadFailure.Timeout, "the function's time limit was reached"));
        }
    }
}
