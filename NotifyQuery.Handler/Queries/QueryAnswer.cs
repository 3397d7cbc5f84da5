using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
using Microsoft.AspNetCore.Mvc;
using NotifyQuery.Core.Notifications;

namespace NotifyQuery.Handler.Queries;

/// <summary>A page in the response of the API.</summary>
/// <param name="Items">The notifications.</param>
/// <param name="Count">The number of notifications in this page.</param>
/// <param name="NextCursor">The value of <c>cursor</c> for the next page; null at the end of the result.</param>
internal sealed record QueryAnswer(
    IReadOnlyList<Notification> Items,
    int Count,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.Never)] string? NextCursor
);

/// <summary>The JSON serialization of responses. ASP.NET serializes problem details.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull
)]
[JsonSerializable(typeof(QueryAnswer))]
[JsonSerializable(typeof(ProblemDetails))]
[JsonSerializable(typeof(HttpValidationProblemDetails))]
internal sealed partial class QueryApiJson : JsonSerializerContext
{
    /// <summary>
    /// Makes the OpenAPI document describe responses exactly as they are serialized. ASP.NET's own options name the members of problem
    /// details and do not change.
    /// </summary>
    public static void Configure(JsonSerializerOptions options)
    {
        options.DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull;
        options.NumberHandling = JsonNumberHandling.Strict;
        options.TypeInfoResolverChain.Insert(
            0,
            Default.WithAddedModifier(static type =>
            {
                if (type.Type != typeof(QueryAnswer) && type.Type != typeof(Notification))
                    return;
                foreach (var member in type.Properties)
                    member.Name = JsonNamingPolicy.SnakeCaseLower.ConvertName(member.Name);
            })
        );
    }
}
