using System.Text.Json.Serialization;

namespace NotifyQuery.Core.Queries;

/// <summary>
/// What the Handler sends to the QueryResult function. The trace context travels inside, because not every engine hands on the
/// client context of an invocation.
/// </summary>
/// <param name="Query">The query.</param>
/// <param name="TraceParent">The W3C <c>traceparent</c> of the caller.</param>
/// <param name="TraceState">The W3C <c>tracestate</c> of the caller.</param>
public sealed record QueryResultRequest(NotificationQuery Query, string? TraceParent = null, string? TraceState = null);

/// <summary>What the QueryResult function answers: exactly one of the two.</summary>
/// <param name="Page">The page.</param>
/// <param name="Failure">Why there is none.</param>
public sealed record QueryResultResponse(NotificationPage? Page = null, QueryResultFailure? Failure = null);

/// <summary>Why the QueryResult function has no page.</summary>
/// <param name="Reason">The kind of failure.</param>
/// <param name="Message">What happened, for a person.</param>
public sealed record QueryResultFailure(ReadFailure Reason, string Message);

/// <summary>The JSON of the contract between Handler and QueryResult function.</summary>
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
