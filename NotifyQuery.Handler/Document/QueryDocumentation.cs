using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.OpenApi;
using NotifyQuery.Core.Notifications;
using NotifyQuery.Core.Queries;
using NotifyQuery.Handler.Access;
using NotifyQuery.Handler.Queries;

namespace NotifyQuery.Handler.Document;

/// <summary>The OpenAPI documentation of a query: each parameter with its rule, each response with an example.</summary>
internal static class QueryDocumentation
{
    private const string Json = "application/json";
    private const string Problem = "application/problem+json";

    private static readonly Notification Sample = new()
    {
        TransactionId = "tx-1",
        UserId = "user-0001",
        CreatedAt = "2026-11-22T08:15:30.123Z",
        Channel = Channel.Email.ToName(),
        Status = NotificationStatus.Failed.ToName(),
        CampaignId = "spring-sale",
        Title = "Spring sale",
        Body = "20% off",
        ErrorMessage = "mailbox full",
        UpdatedAt = "2026-11-22T08:15:31.000Z",
    };

    /// <summary>Adds the documentation of a query.</summary>
    public static RouteHandlerBuilder WithDocumentation(this RouteHandlerBuilder route, QueryDefinition definition) =>
        route
            .Produces<QueryAnswer>(StatusCodes.Status200OK, Json)
            .ProducesProblem(StatusCodes.Status502BadGateway)
            .AddOpenApiOperationTransformer(
                (operation, context, _) =>
                {
                    operation.Parameters =
                    [
                        .. definition.Parameters.Select(name => Parameter(name, definition)),
                        new OpenApiParameter
                        {
                            Name = "If-None-Match",
                            In = ParameterLocation.Header,
                            Schema = Text(),
                            Description = "The ETag of an earlier response: 304 if the response is still the same.",
                        },
                    ];
                    Describe(operation, definition, context.ApplicationServices.GetRequiredService<AccessSettings>().Required);
                    if (operation.Responses!.ContainsKey("401"))
                        operation.Security = [new() { [new(ApiDocument.SecurityScheme, context.Document)] = [] }];
                    return Task.CompletedTask;
                }
            );

    private static OpenApiParameter Parameter(string name, QueryDefinition definition)
    {
        var parameter = new OpenApiParameter
        {
            Name = name,
            In = ParameterLocation.Query,
            Required = definition.Requires(name),
        };
        (parameter.Schema, parameter.Description, parameter.Example) = name switch
        {
            _ when name == definition.Subject && definition.SubjectValues is { } values => (
                OneOf(values),
                definition.SubjectDescription,
                definition.Example
            ),
            _ when name == definition.Subject => (
                Id(),
                $"{definition.SubjectDescription} {IdRule(definition)}",
                (JsonNode?)definition.Example
            ),
            "from" => (Text(), $"From this time on. {MomentRule}", "2026-11-01"),
            "to" => (Text(), $"Before this time; later than from{Length(definition.Window)}. {MomentRule}", "2026-11-22T08:15:30Z"),
            "status" => (OneOf(WireNames.AllStatuses.Split(", ")), "Only notifications of this status.", Sample.Status),
            "channel" => (OneOf(WireNames.AllChannels.Split(", ")), "Only notifications of this channel.", Sample.Channel),
            "order" => (OneOf(["desc", "asc"], "desc"), "Newest first (desc) or oldest first (asc).", "desc"),
            "limit" => (
                new OpenApiSchema
                {
                    Type = JsonSchemaType.Integer,
                    Minimum = "1",
                    Maximum = NotificationQuery.MaximumLimit.ToString(CultureInfo.InvariantCulture),
                    Default = NotificationQuery.DefaultLimit,
                },
                "The maximum number of notifications of a page.",
                NotificationQuery.DefaultLimit
            ),
            "cursor" => (
                new OpenApiSchema
                {
                    Type = JsonSchemaType.String,
                    MinLength = 1,
                    MaxLength = CursorCodec.MaximumLength,
                },
                "next_cursor of the previous page. All other parameters except limit must be the same.",
                null
            ),
            _ => throw new ArgumentOutOfRangeException(nameof(name), name, "is not described"),
        };
        return parameter;
    }

    private const string MomentRule = "An ISO-8601 date (midnight UTC) or time (UTC, unless it names an offset; + is written as %2B).";

    private static string Length(QueryWindow? window) => window?.MaximumDays is { } days ? $", by at most {days} days" : "";

    private static string IdRule(QueryDefinition definition) =>
        $"At most {definition.LongestSubject} bytes in UTF-8, without control characters.";

    private static void Describe(OpenApiOperation operation, QueryDefinition definition, bool accessRequired)
    {
        var answers = operation.Responses!; // 200 and 400 already exist with their schemas
        var page = (OpenApiResponse)answers["200"];
        page.Description = "A page of notifications.";
        page.Headers = new Dictionary<string, IOpenApiHeader>
        {
            ["ETag"] = Header("A strong ETag of the content, for If-None-Match."),
            ["Cache-Control"] = Header("private, no-cache: only the caller may cache the response, and must revalidate it each time."),
        };
        page.Content![Json].Example = JsonSerializer.SerializeToNode(new QueryAnswer([Sample], 1, null), QueryApiJson.Default.QueryAnswer);
        var refusal = (OpenApiResponse)answers["400"];
        refusal.Description = "Invalid parameters: errors lists all of them.";
        refusal.Content![Problem].Example = Example(
            400,
            "One or more validation errors occurred.",
            QueryEndpoints.FixParameters,
            new JsonObject { [definition.Subject] = new JsonArray("is required") }
        );
        answers["304"] = new OpenApiResponse { Description = "The response is unchanged: its ETag is the one in If-None-Match." };

        if (accessRequired)
        {
            Add(
                401,
                "Unauthorized",
                "No token, or an invalid token; WWW-Authenticate says why.",
                "Send a valid token: Authorization: Bearer <token>.",
                "WWW-Authenticate"
            );
            Add(
                403,
                "Forbidden",
                "The token's scopes do not allow this query.",
                $"This query needs one of the scopes {string.Join(", ", definition.Scopes)}.",
                "WWW-Authenticate"
            );
        }

        if (definition.HasOneResult)
            Add(404, "Not Found", $"No such {definition.Name}, or only other users' notifications.", QueryEndpoints.NotFound(definition));
        Add(502, "Bad Gateway", "The result is not a valid page of notifications.", "The result is not a valid page of notifications.");
        Add(
            503,
            "Service Unavailable",
            "The notifications cannot be read at the moment.",
            "The notifications cannot be read at the moment. Retry after the number of seconds in the Retry-After header.",
            "Retry-After"
        );
        Add(504, "Gateway Timeout", "The notifications could not be read in time.", "The notifications could not be read in time.");

        void Add(int status, string title, string description, string detail, string? header = null) =>
            answers[status.ToString(CultureInfo.InvariantCulture)] = new OpenApiResponse
            {
                Description = description,
                Headers = header is null ? null : new Dictionary<string, IOpenApiHeader> { [header] = Header(null) },
                Content = new Dictionary<string, OpenApiMediaType>
                {
                    [Problem] = new OpenApiMediaType
                    {
                        Schema = new OpenApiSchemaReference("ProblemDetails"),
                        Example = Example(status, title, detail),
                    },
                },
            };
    }

    private static JsonObject Example(int status, string title, string detail, JsonObject? errors = null)
    {
        var section = status switch
        {
            401 => "15.5.2",
            < 500 => $"15.5.{status - 399}",
            _ => $"15.6.{status - 499}",
        };
        var problem = new JsonObject
        {
            ["type"] = $"https://tools.ietf.org/html/rfc9110#section-{section}",
            ["title"] = title,
            ["status"] = status,
            ["detail"] = detail,
        };
        if (errors is not null)
            problem["errors"] = errors;
        problem["traceId"] = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-00";
        return problem;
    }

    private static OpenApiHeader Header(string? description) => new() { Schema = Text(), Description = description };

    private static OpenApiSchema Text() => new() { Type = JsonSchemaType.String };

    private static OpenApiSchema Id() => new() { Type = JsonSchemaType.String, MinLength = 1 };

    private static OpenApiSchema OneOf(IEnumerable<string> names, string? standard = null) =>
        new()
        {
            Type = JsonSchemaType.String,
            Enum = [.. names.Select(name => (JsonNode)name)],
            Default = standard,
        };
}
