using System.Text.Json.Serialization;

namespace NotifyQuery.Core.Queries;

/// <summary>
/// The request from the Handler to the QueryResult function. The request contains the trace context, because not every engine forwards the
/// client context of an invocation.
/// </summary>
/// <param name="Query">The query.</param>
/// <param name="TraceParent">The W3C <c>traceparent</c> of the caller.</param>
/// <param name="TraceState">The W3C <c>tracestate</c> of the caller.</param>
public sealed record QueryResultRequest(NotificationQuery Query, string? TraceParent = null, string? TraceState = null);

/// <summary>The response of the QueryResult function: exactly one of the two is set.</summary>
/// <param name="Page">The page.</param>
/// <param name="Failure">Why there is no page.</param>
public sealed record QueryResultResponse(NotificationPage? Page = null, QueryResultFailure? Failure = null);

/// <summary>Why the QueryResult function could not return a page.</summary>
/// <param name="Reason">The kind of failure.</param>
/// <param name="Message">What happened, for a person to read.</param>
public sealed record QueryResultFailure(ReadFailure Reason, string Message);

/// <summary>The JSON serialization of the contract between the Handler and the QueryResult function.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    UseStringEnumConverter = true,
    RespectNullableAnnotations = true,
    RespectRequiredConstructorParameters = true
)]
[JsonSerializable(typeof(QueryResultRequest))]
[JsonSerializable(typeof(QueryResultResponse))]
public sealed partial class QueryResultJson : JsonSerializerContext;
