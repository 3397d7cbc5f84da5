using System.Text.Json;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;

namespace NotifyQuery.Tests.Handler;

/// <summary>The OpenAPI document says what the Handler does.</summary>
public sealed class ApiDocumentTests
{
    [Fact]
    public async Task Every_route_of_the_queries_is_in_the_document_with_a_name_and_a_summary_and_nothing_else()
    {
        using var handler = HandlerServer.Open();
        var routes = handler
            .Services.GetRequiredService<EndpointDataSource>()
            .Endpoints.OfType<RouteEndpoint>()
            .Select(endpoint => endpoint.RoutePattern.RawText!)
            .Where(path => path.StartsWith("/query", StringComparison.Ordinal));

        var paths = (await DocumentAsync(handler)).GetProperty("paths");

        Assert.Equal(routes.Order(StringComparer.Ordinal), paths.EnumerateObject().Select(path => path.Name).Order(StringComparer.Ordinal));
        Assert.All(
            paths.EnumerateObject(),
            path =>
            {
                var operation = Assert.Single(path.Value.EnumerateObject());
                Assert.Equal("get", operation.Name);
                Assert.NotEmpty(operation.Value.GetProperty("summary").GetString()!);
                Assert.NotEmpty(operation.Value.GetProperty("operationId").GetString()!);
                Assert.All(
                    operation.Value.GetProperty("parameters").EnumerateArray(),
                    parameter => Assert.NotEmpty(parameter.GetProperty("description").GetString()!)
                );
            }
        );
    }

    [Fact]
    public async Task Each_parameter_takes_what_its_schema_says_and_refuses_the_rest()
    {
        using var handler = HandlerServer.Open();
        foreach (var path in (await DocumentAsync(handler)).GetProperty("paths").EnumerateObject())
        {
            var parameters = path
                .Value.GetProperty("get")
                .GetProperty("parameters")
                .EnumerateArray()
                .Where(p => p.GetProperty("in").GetString() == "query")
                .ToList();
            var required = parameters.Where(IsRequired).ToList();
            // The examples of the document, as they stand there, are a query.
            var examples = required.ToDictionary(NameOf, p => p.GetProperty("example").ToString());
            Assert.InRange((await handler.GetAsync(Url(examples))).Status, 200, 404);

            foreach (var parameter in parameters)
            {
                var name = NameOf(parameter);
                foreach (var good in Good(parameter))
                    await ExpectAsync(name, good, refused: false);
                foreach (var bad in Bad(parameter))
                    await ExpectAsync(name, bad, refused: true);
                await ExpectAsync(name, null, refused: IsRequired(parameter));
            }

            await ExpectAsync("undocumented", "1", refused: true);

            async Task ExpectAsync(string name, string? value, bool refused)
            {
                var given = new Dictionary<string, string>(examples);
                if (value is null)
                    given.Remove(name);
                else
                    given[name] = value;
                var answer = await handler.GetAsync(Url(given));
                var named =
                    answer.Status == 400 && JsonDocument.Parse(answer.Body).RootElement.GetProperty("errors").TryGetProperty(name, out _);
                Assert.True(named == refused, $"{Url(given)}: {answer.Status} {answer.Body}");
            }

            string Url(Dictionary<string, string> given) =>
                $"{path.Name}?{string.Join('&', given.Select(p => $"{p.Key}={Uri.EscapeDataString(p.Value)}"))}";
        }

        static IEnumerable<string> Good(JsonElement parameter)
        {
            if (parameter.TryGetProperty("example", out var example))
                yield return example.ToString();
            var schema = parameter.GetProperty("schema");
            if (schema.TryGetProperty("enum", out var values))
                foreach (var value in values.EnumerateArray())
                    yield return value.GetString()!;
            if (schema.TryGetProperty("minimum", out var minimum))
                yield return minimum.ToString();
            if (schema.TryGetProperty("maximum", out var maximum))
                yield return maximum.ToString();
            if (schema.TryGetProperty("default", out var standard))
                yield return standard.ToString();
        }

        static IEnumerable<string> Bad(JsonElement parameter)
        {
            yield return "";
            var schema = parameter.GetProperty("schema");
            if (schema.TryGetProperty("enum", out _))
                yield return "none-of-them";
            if (schema.TryGetProperty("minimum", out var minimum))
                yield return $"{minimum.GetInt32() - 1}";
            if (schema.TryGetProperty("maximum", out var maximum))
                yield return $"{maximum.GetInt32() + 1}";
            if (schema.TryGetProperty("maxLength", out var length))
                yield return new string('A', length.GetInt32() + 4);
        }
    }

    [Theory]
    [InlineData("/query/user", "?user_id=alice", 200)]
    [InlineData("/query/user", "?user_id=alice&limit=2", 200)]
    [InlineData("/query/user", "?user_id=nobody", 200)]
    [InlineData("/query/transaction", "?transaction_id=tx-bob", 200)]
    [InlineData("/query/campaign", "?campaign_id=spring-sale", 200)]
    [InlineData("/query/status", "?status=FAILED&from=2026-11-22&to=2026-11-23", 200)]
    [InlineData("/query/user", "", 400)]
    [InlineData("/query/transaction", "?transaction_id=nobody-knows-it", 404)]
    [InlineData("/query/user", "?user_id=InvalidAnswer", 502)]
    [InlineData("/query/user", "?user_id=Unavailable", 503)]
    [InlineData("/query/user", "?user_id=Timeout", 504)]
    public async Task Answers_are_as_the_document_describes_them(string path, string query, int status)
    {
        using var handler = HandlerServer.Open();
        await CompareAsync(handler, path, query, status);
    }

    [Fact]
    public async Task With_access_the_document_says_what_is_needed_and_what_comes_without()
    {
        using var guarded = HandlerServer.Guarded();
        var document = await DocumentAsync(guarded);
        Assert.Equal(
            "bearer",
            document.GetProperty("components").GetProperty("securitySchemes").GetProperty("Bearer").GetProperty("scheme").GetString()
        );
        Assert.All(
            document.GetProperty("paths").EnumerateObject(),
            path => Assert.True(path.Value.GetProperty("get").GetProperty("security")[0].TryGetProperty("Bearer", out _))
        );
        await CompareAsync(guarded, "/query/user", "?user_id=alice", 401);
        await CompareAsync(guarded, "/query/user", "?user_id=alice", 403, Tokens.Header("bob", "user"));
        await CompareAsync(guarded, "/query/user", "?user_id=alice", 200, Tokens.Header("alice", "user"));

        using var open = HandlerServer.Open();
        Assert.DoesNotContain("\"401\"", (await DocumentAsync(open)).GetRawText(), StringComparison.Ordinal);
        Assert.DoesNotContain("security", (await DocumentAsync(open)).GetRawText(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_page_to_try_it_needs_nothing_from_another_host()
    {
        using var handler = HandlerServer.Open();
        using var client = new HttpClient { BaseAddress = handler.Address };
        var page = await client.GetStringAsync("/docs", TestContext.Current.CancellationToken);
        var assets = System
            .Text.RegularExpressions.Regex.Matches(page, "(?:src|href)=\"([^\"]+)\"")
            .Select(match => match.Groups[1].Value)
            .ToList();

        Assert.Contains("./swagger-ui-bundle.js", assets);
        foreach (var asset in assets)
        {
            Assert.DoesNotContain("//", asset, StringComparison.Ordinal);
            Assert.Equal(200, (await handler.GetAsync(new Uri(new Uri("http://x/docs/index.html"), asset).AbsolutePath)).Status);
        }

        var settings = await client.GetStringAsync("/docs/index.js", TestContext.Current.CancellationToken);
        Assert.Contains("\"url\":\"../openapi/v1.json\"", settings, StringComparison.Ordinal);
    }

    /// <summary>
    /// The status is described; the body has the members that its schema requires, and no others, each of its type; so has the example.
    /// </summary>
    private static async Task CompareAsync(HandlerServer handler, string path, string query, int status, params string[] headers)
    {
        var answer = await handler.GetAsync(path + query, headers);
        Assert.True(answer.Status == status, $"{answer.Status} {answer.Body}");
        var document = await DocumentAsync(handler);
        var described = document
            .GetProperty("paths")
            .GetProperty(path)
            .GetProperty("get")
            .GetProperty("responses")
            .GetProperty($"{status}");
        if (described.TryGetProperty("headers", out var named))
            Assert.All(named.EnumerateObject(), header => Assert.NotNull(answer.Header(header.Name.ToLowerInvariant())));
        var content = described.GetProperty("content").GetProperty(answer.Header("content-type")!.Split(';')[0]);
        DescribedValue.Check(JsonDocument.Parse(answer.Body).RootElement, content.GetProperty("schema"), document);
        DescribedValue.Check(content.GetProperty("example"), content.GetProperty("schema"), document);
        if (status < 400)
            return;
        var (problem, example) = (JsonDocument.Parse(answer.Body).RootElement, content.GetProperty("example"));
        Assert.All(
            (string[])["type", "title", "status"],
            member => Assert.Equal(example.GetProperty(member).ToString(), problem.GetProperty(member).ToString())
        );
    }

    private static async Task<JsonElement> DocumentAsync(HandlerServer handler) =>
        JsonDocument.Parse((await handler.GetAsync("/openapi/v1.json")).Body).RootElement;

    private static string NameOf(JsonElement parameter) => parameter.GetProperty("name").GetString()!;

    private static bool IsRequired(JsonElement parameter) =>
        parameter.TryGetProperty("required", out var required) && required.GetBoolean();
}
