using System.Collections;
using System.Text.Json;

namespace NotifyQuery.LambdaEmulator.Gateway;

/// <summary>
/// All routes of the gateway. Literals are case-sensitive, as on AWS (AWS's own test tool ignores case). A route for one method takes
/// precedence over a route for all methods.
/// </summary>
internal sealed class RouteTable(IEnumerable<Route> routes)
{
    private const string Variable = "APIGATEWAY_EMULATOR_ROUTE_CONFIG";

    // The sort is stable: among equal routes, the first registered one wins.
    private readonly Route[] ordered = [.. routes.OrderByDescending(r => r.Rank)];

    /// <summary>
    /// Reads the variables APIGATEWAY_EMULATOR_ROUTE_CONFIG and APIGATEWAY_EMULATOR_ROUTE_CONFIG_*. Each holds a route or an array of
    /// routes. A variable that cannot be read is skipped completely, with a message.
    /// </summary>
    public static RouteTable FromEnvironment(IDictionary environment, Uri? emulator, TextWriter complaints)
    {
        var routes = new List<Route>();
        foreach (var name in environment.Keys.Cast<string>().Where(IsRouteVariable).Order(StringComparer.Ordinal))
        {
            try
            {
                routes.AddRange(Parse((string?)environment[name] ?? "", emulator));
            }
            catch (Exception exception) when (exception is JsonException or FormatException)
            {
                complaints.WriteLine($"{name} is ignored: {exception.Message}");
            }
        }

        return new RouteTable(routes);
    }

    /// <summary>The most specific route for a request.</summary>
    public (Route Route, Dictionary<string, string>? Variables)? Find(string method, string rawPath)
    {
        var path = rawPath[1..].Split('/');
        foreach (var route in ordered)
        {
            if (route.TryMatch(method, path, out var variables))
                return (route, variables);
        }

        return null;
    }

    private static bool IsRouteVariable(string name) => name == Variable || name.StartsWith(Variable + "_", StringComparison.Ordinal);

    private static List<Route> Parse(string json, Uri? emulator)
    {
        using var document = JsonDocument.Parse(json);
        return document.RootElement.ValueKind == JsonValueKind.Array
            ? [.. document.RootElement.EnumerateArray().Select(route => One(route, emulator))]
            : [One(document.RootElement, emulator)];
    }

    private static Route One(JsonElement json, Uri? emulator)
    {
        if (json.ValueKind != JsonValueKind.Object)
            throw new FormatException("a route must be a JSON object");
        var endpoint = Member(json, "Endpoint") is { } address
            ? Uri.TryCreate(address, UriKind.Absolute, out var uri)
                ? uri
                : throw new FormatException($"Endpoint '{address}' is not an address")
            : emulator ?? throw new FormatException("Endpoint is missing, and no Lambda emulator runs in this process");
        return new Route(Required(json, "LambdaResourceName"), Required(json, "HttpMethod"), Required(json, "Path"), endpoint);
    }

    private static string Required(JsonElement json, string name) => Member(json, name) ?? throw new FormatException($"{name} is missing");

    private static string? Member(JsonElement json, string name) =>
        json.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String && value.GetString() is { Length: > 0 } text
            ? text
            : null;
}
