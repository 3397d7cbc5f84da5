using System.Text.RegularExpressions;
using NotifyQuery.Core.Projection;
using NotifyQuery.Core.Queries;
using NotifyQuery.DynamoDB;
using NotifyQuery.Tests.Deploy;
using NotifyQuery.Tests.Support;

namespace NotifyQuery.Tests.DynamoDB;

/// <summary>That a query which is defined is served, documented and tried.</summary>
public sealed class QueryDefinitionTests
{
    public static TheoryData<QueryKind> Kinds { get; } = [.. Enum.GetValues<QueryKind>()];

    [Fact]
    public void Every_kind_of_query_has_one_definition_with_a_name_and_a_subject_of_its_own()
    {
        Assert.Equal(Enum.GetValues<QueryKind>(), QueryDefinition.All.Select(definition => definition.Kind));
        Assert.Equal(QueryDefinition.All.Count, QueryDefinition.All.Select(definition => definition.Name).Distinct().Count());
        Assert.Equal(QueryDefinition.All.Count, QueryDefinition.All.Select(definition => definition.Subject).Distinct().Count());
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void The_index_of_a_query_is_declared_with_the_key_that_the_query_reads(QueryKind kind)
    {
        var plan = QueryIndex.Of(kind);
        var declared = LocalTables.Declared("notification-records").Create;
        var keys = plan.Index is { } name
            ? Assert.Single(declared.GlobalSecondaryIndexes, index => index.IndexName == name).KeySchema
            : declared.KeySchema;

        Assert.Equal([plan.AttributeOf(KeySpread.Over(16)), "created_at"], keys.Select(key => key.AttributeName));
    }

    [Fact]
    public void Every_declared_index_serves_a_query_and_every_shared_key_is_read_by_one()
    {
        var plans = Enum.GetValues<QueryKind>().Select(QueryIndex.Of).ToList();

        Assert.Equal(
            LocalTables.Declared("notification-records").Create.GlobalSecondaryIndexes.Select(index => index.IndexName).Order(),
            plans.Select(plan => plan.Index).OfType<string>().Order()
        );
        Assert.Equal(SharedKey.All, plans.Select(plan => plan.Shared).OfType<SharedKey>());
    }

    [Fact]
    public void What_is_no_kind_of_query_has_no_index()
    {
        var refused = Assert.Throws<ArgumentOutOfRangeException>("kind", () => QueryIndex.Of((QueryKind)99));
        Assert.Contains("is not a kind of query", refused.Message, StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void A_query_that_needs_keys_of_each_day_requires_a_window_of_limited_length(QueryKind kind)
    {
        var window = QueryDefinition.Of(kind).Window;

        Assert.Equal(QueryIndex.Of(kind).HasKeysOfEachDay, window is { IsRequired: true });
        Assert.Equal(window is { IsRequired: true }, window?.MaximumDays is not null);
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void An_example_of_a_query_is_valid(QueryKind kind)
    {
        var definition = QueryDefinition.Of(kind);
        var query = new Uri(new("http://host"), definition.TargetOf(definition.Example, "2026-11-01", "2026-11-30")).Query;
        var parameters = query
            .TrimStart('?')
            .Split('&')
            .Select(pair => pair.Split('='))
            .Select(pair => new KeyValuePair<string, IReadOnlyList<string>>(pair[0], [Uri.UnescapeDataString(pair[1])]))
            .ToList();

        var parsed = new QueryParser(new(new byte[16])).Parse(kind, parameters);

        Assert.Empty(parsed.Errors);
        Assert.Equal((kind, definition.Example), (parsed.Query!.By, parsed.Query.Value));
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void A_query_stands_in_the_reference_and_in_the_requests_to_try(QueryKind kind)
    {
        var path = QueryDefinition.Of(kind).Path;

        foreach (var file in (string[])["docs/api.md", "NotifyQuery.Handler/NotifyQuery.Handler.http"])
            Assert.Matches($@"GET [^\s]*{Regex.Escape(path)}(\?|`)", File.ReadAllText(Repository.PathOf(file)));
    }
}
