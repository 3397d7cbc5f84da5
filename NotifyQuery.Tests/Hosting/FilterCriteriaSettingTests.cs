using Aspire.Hosting;
using Aspire.Hosting.ApplicationModel;
using Microsoft.Extensions.Configuration;
using NotifyQuery.AppHost;
using NotifyQuery.EventSource.Filtering;
using NotifyQuery.Tests.Deploy;

namespace NotifyQuery.Tests.Hosting;

/// <summary>The filters of the event source, given as the JSON that AWS accepts.</summary>
public sealed class FilterCriteriaSettingTests
{
    [Theory]
    [InlineData(
        """{"Filters":[{"Pattern":"{\"eventName\":[\"INSERT\"]}"},{"Pattern":"{}"}]}""",
        new[] { """{"eventName":["INSERT"]}""", "{}" }
    )]
    [InlineData("""{"Filters":[]}""", new string[0])]
    [InlineData("", new string[0])]
    public void Filters_are_given_as_the_JSON_that_AWS_accepts(string text, string[] patterns) =>
        Assert.Equal(patterns, FilterCriteriaSetting.Read(text));

    [Fact]
    public async Task The_event_source_gets_each_pattern_under_the_key_that_it_reads()
    {
        var builder = DistributedApplication.CreateBuilder([]);
        var eventSource = builder
            .AddProject("event-source", Repository.PathOf("NotifyQuery.EventSource/NotifyQuery.EventSource.csproj"))
            .WithFilters(["""{"eventName":["INSERT"]}""", """{"eventName":["MODIFY"]}"""])
            .Resource;
        var context = new EnvironmentCallbackContext(builder.ExecutionContext, eventSource);
        foreach (var annotation in eventSource.Annotations.OfType<EnvironmentCallbackAnnotation>())
            await annotation.Callback(context);
        var bound = new ConfigurationBuilder()
            .AddInMemoryCollection(
                context
                    .EnvironmentVariables.Where(variable => variable.Value is string)
                    .Select(variable =>
                        KeyValuePair.Create(variable.Key.Replace("__", ":", StringComparison.Ordinal), (string?)variable.Value)
                    )
            )
            .Build()
            .GetSection("EventSource:FilterCriteria")
            .Get<FilterCriteriaOptions>()!;

        Assert.Equal(["""{"eventName":["INSERT"]}""", """{"eventName":["MODIFY"]}"""], bound.Filters.Select(filter => filter.Pattern));
    }

    [Theory]
    [InlineData("eventName", "is not JSON")]
    [InlineData("""{"eventName":["INSERT"]}""", "does not have the structure")]
    [InlineData("""[{"Pattern":"{}"}]""", "does not have the structure")]
    [InlineData("""{"Filters":"{}"}""", "does not have the structure")]
    [InlineData("""{"Filters":[{"pattern":"{}"}]}""", "does not have the structure")]
    [InlineData("""{"Filters":[{"Pattern":{"eventName":["INSERT"]}}]}""", "does not have the structure")]
    public void Filters_of_another_structure_are_refused_with_an_example(string text, string problem)
    {
        var exception = Assert.Throws<SettingsException>(() => FilterCriteriaSetting.Read(text));

        Assert.Contains(problem, exception.Message, StringComparison.Ordinal);
        Assert.Contains("""{"Filters":[{"Pattern":"{\"eventName\":[\"INSERT\"]}"}]}""", exception.Message, StringComparison.Ordinal);
    }
}
