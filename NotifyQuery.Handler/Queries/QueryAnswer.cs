using System.Text.Json.Serialization;
using Microsoft.AspNetCore.Mvc;
using NotifyQuery.Core.Notifications;

namespace NotifyQuery.Handler.Queries;

/// <summary>A page as it goes to the caller.</summary>
/// <param name="Items">The notifications.</param>
/// <param name="Count">How many there are in this page.</param>
/// <param name="NextCursor">To be given as <c>cursor</c> for the next page; null at the end of the result.</param>
internal sealed record QueryAnswer(
    IReadOnlyList<Notification> Items,
    int Count,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.Never)] string? NextCursor);

/// <summary>The types that go to the caller; how they are written is set where the web server is (Program.cs).</summary>
[JsonSerializable(typeof(QueryAnswer))]
[JsonSerializable(typeof(ProblemDetails))]
[JsonSerializable(typeof(HttpValidationProblemDetails))]
internal sealed partial class QueryApiJson : JsonSerializerContext;
