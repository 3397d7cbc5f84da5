using Microsoft.AspNetCore.Mvc;
using Microsoft.OpenApi;
using NotifyQuery.Handler.Access;

namespace NotifyQuery.Handler.Document;

/// <summary>The OpenAPI document of the queries, and a page to try them out.</summary>
internal static class ApiDocument
{
    public const string SecurityScheme = "Bearer";

    private const string TraceId = "traceId";
    private const string Address = "/openapi/v1.json";

    public static WebApplicationBuilder AddApiDocument(this WebApplicationBuilder builder)
    {
        builder.Services.AddOpenApi(options =>
        {
            // HEAD is the same operation as GET. The description mentions it once for all queries.
            options.ShouldInclude = description => !HttpMethods.IsHead(description.HttpMethod ?? "");
            options.AddSchemaTransformer(
                (schema, context, _) =>
                {
                    if (!context.JsonTypeInfo.Type.IsAssignableTo(typeof(ProblemDetails)) || schema.Properties is null)
                        return Task.CompletedTask;
                    schema.Properties[TraceId] = new OpenApiSchema
                    {
                        Type = JsonSchemaType.String,
                        Description = "The trace of the request.",
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
                            "Queries notifications by user, transaction, campaign or status. HEAD works like GET, without the body.",
                    };
                    document.Servers = [new() { Url = "/" }]; // relative, because the document is served by the gateway and by the Handler
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
                                    + "campaign allows queries by campaign; body also shows the bodies of other users' notifications.",
                            }
                        );
                    }

                    return Task.CompletedTask;
                }
            );
        });
        return builder;
    }

    /// <summary>Maps the document and <c>/docs</c>. The whole page is served from here; nothing comes from another host.</summary>
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
