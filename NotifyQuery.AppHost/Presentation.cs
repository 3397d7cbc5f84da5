#pragma warning disable ASPIRECERTIFICATES001 // the API for "no certificate" is for evaluation only

namespace NotifyQuery.AppHost;

/// <summary>How the dashboard shows the resources: in the order of the flow, each with an icon and named links to its pages.</summary>
internal static class Presentation
{
    private const string Endpoint = "http";
    private const string ParentType = "Parent";

    // By name, in the order of the flow. A resource that passes data on is the parent of the resource that receives it. The dashboard sorts
    // the rest by type and name. The icons have FluentUI's names.
    private static readonly Dictionary<string, Look> Looks = new()
    {
        ["dynamodb"] = new("Database", Pages: [new("DynamoDB")]),
        ["dynamodb-install"] = new("ArrowDownload", Parent: "dynamodb", IsStep: true),
        ["demo-data"] = new("DataArea", Parent: "dynamodb", IsStep: true),
        ["tables"] = new("Table", Parent: "dynamodb"),
        ["event-source"] = new("Stream", Parent: "tables", Pages: [new("Progress", "/status"), new("Health", "/health")]),
        ["StreamProcessor"] = new("Flash", Parent: "event-source"),
        ["next-event-source"] = new("Stream", Parent: "tables", Pages: [new("Progress", "/status"), new("Health", "/health")]),
        ["NextStreamProcessor"] = new("Flash", Parent: "next-event-source"),
        ["gateway"] = new("Globe", Pages: [new("Query API: try it", "/docs"), new("A first query", "/query/user?user_id=user-0001")]),
        ["Query"] = new("Flash", Parent: "gateway"),
        ["handler"] = new("ServerSurface", Parent: "Query", Pages: [new("Query API, directly", "/docs"), new("Health", "/health")]),
        ["QueryResult"] = new("Flash", Parent: "handler"),
        ["watch"] = new("DataTrending", Parent: "event-source"),
        ["LambdaServiceEmulator"] = new("CloudFlow", Pages: [new("Lambda's Invoke API")]),
    };

    /// <summary>Applies the presentation to all resources that were added so far.</summary>
    public static void UsePresentation(this IDistributedApplicationBuilder builder)
    {
        foreach (var resource in builder.Resources)
        {
            // No resource uses https. Without this, the dashboard warns about a development certificate that is not trusted.
            if (resource is ProjectResource project)
                builder.CreateResourceBuilder(project).WithoutHttpsCertificate();
            if (!Looks.TryGetValue(resource.Name, out var look))
                continue;
            var shown = builder.CreateResourceBuilder(resource).WithIconName(look.Icon, IconVariant.Regular);
            if (builder.Resources.FirstOrDefault(other => other.Name == look.Parent) is { } parent)
            {
                // The hosting package shows the functions below their emulator.
                foreach (
                    var other in resource
                        .Annotations.OfType<ResourceRelationshipAnnotation>()
                        .Where(relation => relation.Type == ParentType)
                        .ToList()
                )
                    resource.Annotations.Remove(other);
                shown.WithParentRelationship(parent);
            }

            if (look.IsStep)
                shown.WithHiddenOnCompletion();
            if (look.Pages is not { } pages)
                continue;
            shown.WithUrls(context =>
            {
                if (context.Urls.FirstOrDefault(url => url.Endpoint?.EndpointName == Endpoint) is not { } root)
                    return;
                context.Urls.Remove(root);
                context.Urls.AddRange(
                    pages.Select(page => new ResourceUrlAnnotation
                    {
                        Url = root.Url + page.Path,
                        DisplayText = page.Name,
                        Endpoint = root.Endpoint,
                    })
                );
            });
        }
    }

    /// <summary>How one resource is shown.</summary>
    /// <param name="Icon">Its icon.</param>
    /// <param name="Parent">The resource below which this one is shown, if that resource exists.</param>
    /// <param name="Pages">The links that replace the bare address.</param>
    /// <param name="IsStep">Whether the resource is a step, which ends and is then hidden.</param>
    private sealed record Look(string Icon, string? Parent = null, Page[]? Pages = null, bool IsStep = false);

    private sealed record Page(string Name, string Path = "");
}
