#pragma warning disable ASPIRECERTIFICATES001 // to say that there is no certificate is for evaluation still

namespace NotifyQuery.AppHost;

/// <summary>How the dashboard shows the resources: in the order of the flow, each with an icon, and with its pages by their names.</summary>
internal static class Presentation
{
    private const string Endpoint = "http";
    private const string ParentType = "Parent";

    // By name, in the order of the flow: what hands something on is the parent of who takes it, and the dashboard sorts the rest by type
    // and name. Icons by their names among FluentUI's.
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

    /// <summary>Gives all resources that were added so far their looks.</summary>
    public static void UsePresentation(this IDistributedApplicationBuilder builder)
    {
        foreach (var resource in builder.Resources)
        {
            // None of them speaks https. Unless that is said, the dashboard warns of a development certificate that is not trusted.
            if (resource is ProjectResource project) builder.CreateResourceBuilder(project).WithoutHttpsCertificate();
            if (!Looks.TryGetValue(resource.Name, out var look)) continue;
            var shown = builder.CreateResourceBuilder(resource).WithIconName(look.Icon, IconVariant.Regular);
            if (builder.Resources.FirstOrDefault(other => other.Name == look.Parent) is { } parent)
            {
                // The hosting package puts the functions below their emulator.
                foreach (var other in resource.Annotations.OfType<ResourceRelationshipAnnotation>().Where(relation => relation.Type == ParentType).ToList())
                    resource.Annotations.Remove(other);
                shown.WithParentRelationship(parent);
            }

            if (look.IsStep) shown.WithHiddenOnCompletion();
            if (look.Pages is not { } pages) continue;
            shown.WithUrls(context =>
            {
                if (context.Urls.FirstOrDefault(url => url.Endpoint?.EndpointName == Endpoint) is not { } root) return;
                context.Urls.Remove(root);
                context.Urls.AddRange(pages.Select(page => new ResourceUrlAnnotation
                {
                    Url = root.Url + page.Path,
                    DisplayText = page.Name,
                    Endpoint = root.Endpoint,
                }));
            });
        }
    }

    /// <summary>How one resource is shown.</summary>
    /// <param name="Icon">Its icon.</param>
    /// <param name="Parent">The resource below which it stands, if that is there.</param>
    /// <param name="Pages">What its address is good for, in place of the bare address.</param>
    /// <param name="IsStep">Whether it is a step that is over some time, and hidden then.</param>
    private sealed record Look(string Icon, string? Parent = null, Page[]? Pages = null, bool IsStep = false);

    private sealed record Page(string Name, string Path = "");
}
