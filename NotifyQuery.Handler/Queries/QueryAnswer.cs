using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
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
    [property: JsonIgnore(Condition = JsonIgnoreCondition.Never)] string? NextCursor
);

/// <summary>The JSON that goes to the caller. Problems are written as ASP.NET writes them.</summary>
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
    /// Lets ASP.NET describe an answer in the OpenAPI document as it is written. Its own options name the members of problems, and stay.
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
