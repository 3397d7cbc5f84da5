using System.Text.Json;
using Amazon.Lambda;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging.Abstractions;
using NotifyQuery.Core.Queries;
using NotifyQuery.Handler.QueryResult;

namespace NotifyQuery.Tests.Handler;

/// <summary>A reader whose QueryResult function is a stub, with a query for it and answers of the stub.</summary>
internal static class StubbedReader
{
    public const string EmptyPage = """{"page":{"items":[]}}""";
    public static readonly NotificationQuery Query = new() { By = QueryKind.User, Value = "ann" };
    public static readonly QueryResultSettings Settings = new() { FunctionName = "QueryResult" };

    public static QueryResultRequest RequestOf(byte[] payload) =>
        JsonSerializer.Deserialize(payload, QueryResultJson.Default.QueryResultRequest)!;

    public static LambdaNotificationReader Reader(IAmazonLambda client, QueryResultSettings? settings = null, TimeProvider? time = null) =>
        new(client, settings ?? Settings, time ?? TimeProvider.System, NullLogger<LambdaNotificationReader>.Instance);

    public static Task FailAsync(HttpContext http, int status, string? type, string error)
    {
        http.Response.StatusCode = status;
        if (type is not null)
            http.Response.Headers["x-amzn-ErrorType"] = type;
        if (error.Length > 0)
            http.Response.Headers["X-Amz-Function-Error"] = "Unhandled";
        http.Response.ContentType = "application/json";
        return http.Response.WriteAsync($$"""{"errorType":"{{error}}","message":"made by a test"}""");
    }
}
