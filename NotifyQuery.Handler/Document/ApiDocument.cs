using Microsoft.AspNetCore.Mvc;
using Microsoft.OpenApi;
using NotifyQuery.Handler.Access;

namespace NotifyQuery.Handler.Document;

/// <summary>The OpenAPI document of the queries, and a page to try them.</summary>
internal static class ApiDocument
{
    public const string SecurityScheme = "Bearer";

    private const string TraceId = "traceId";
    private const string Address = "/openapi/v1.json";

    public static WebApplicationBuilder AddApiDocument(this WebApplicationBuilder builder)
    {
        builder.Services.AddOpenApi(options =>
        {
            // the same operation, said once for all in the description
            options.ShouldInclude = description => !HttpMethods.IsHead(description.HttpMethod ?? "");
            options.AddSchemaTransformer(
                (schema, context, _) =>
                {
                    if (!context.JsonTypeInfo.Type.IsAssignableTo(typeof(ProblemDetails)) || schema.Properties is null)
                        return Task.CompletedTask;
                    schema.Properties[TraceId] = new OpenApiSchema
                    {
                        Type = JsonSchemaType.String,
                        Description = "The trace in which the answer was made.",
                    };
                    schema.Required = new HashSet<string>(schema.Properties.Keys.Intersect(["type", "title", "status", "errors", TraceId]));
                    return Task.CompletedTask;
                }
            );
            options.AddDocumentTransformer(
                (document, context, _) =>
                {
                    document.Info = new()
                    {
                        Title = "NotifyQuery",
                        Version = "1",
                        Description =
                            "What was sent to a user, what happened to a transaction, how a campaign did, what failed. HEAD is answered "
                            + "like GET, without the body.",
                    };
                    document.Servers = [new() { Url = "/" }]; // wherever the document came from: through the gateway, or from the Handler
                    if (context.ApplicationServices.GetRequiredService<AccessSettings>().Required)
                    {
                        document.AddComponent<IOpenApiSecurityScheme>(
                            SecurityScheme,
                            new OpenApiSecurityScheme
                            {
                                Type = SecuritySchemeType.Http,
                                Scheme = "bearer",
                                BearerFormat = "JWT",
                                Description =
                                    "Scopes (claim scope): user reads what was sent to the token's sub, support reads everything, "
                                    + "campaign reads by campaign; body shows the bodies of others' notifications too.",
                            }
                        );
                    }

                    return Task.CompletedTask;
                }
            );
        });
        return builder;
    }

    /// <summary>Maps the document, and <c>/docs</c>: all of the page comes from here, nothing from another host.</summary>
    public static WebApplication MapApiDocument(this WebApplication app)
    {
        app.MapOpenApi(Address).WithMetadata(new HttpMethodMetadata([HttpMethods.Get, HttpMethods.Head]));
        app.UseSwaggerUI(page =>
        {
            page.RoutePrefix = "docs";
            page.DocumentTitle = "NotifyQuery";
            page.SwaggerEndpoint(".." + Address, "NotifyQuery");
            page.EnableTryItOutByDefault();
        });
        return app;
    }
}
