using Microsoft.Extensions.Configuration;
using NotifyQuery.Handler.QueryResult;

namespace NotifyQuery.Tests.Handler;

/// <summary>How the Handler is told which QueryResult function it asks, and how.</summary>
public sealed class QueryResultSettingsTests
{
    [Theory]
    [InlineData("QueryResult:FunctionName", "", "QueryResult:FunctionName is not set: give the name or ARN of the QueryResult function")]
    [InlineData(
        "QueryResult:TimeoutSeconds",
        "soon",
        "QueryResult:TimeoutSeconds is 'soon': give seconds, at least 0.01 and less than 20, which is how long the Query function waits "
            + "for the Handler"
    )]
    [InlineData(
        "QueryResult:TimeoutSeconds",
        "20",
        "QueryResult:TimeoutSeconds is '20': give seconds, at least 0.01 and less than 20, which is how long the Query function waits "
            + "for the Handler"
    )]
    [InlineData(
        "QueryResult:AttemptSeconds",
        "15",
        "QueryResult:AttemptSeconds is '15': give seconds, at least 0.01 and less than 15, which is QueryResult:TimeoutSeconds"
    )]
    [InlineData("QueryResult:BreakAfter", "1", "QueryResult:BreakAfter is '1': give a number of invocations from 2 to 100000")]
    [InlineData("QueryResult:BreakSeconds", "0", "QueryResult:BreakSeconds is '0': give seconds from 0.5 to 300")]
    public void An_invalid_setting_is_named_with_the_fix(string key, string value, string problem)
    {
        var configuration = new ConfigurationBuilder()
            .AddInMemoryCollection([new("QueryResult:FunctionName", "f")])
            .AddInMemoryCollection([new(key, value)])
            .Build();

        Assert.Equal(problem, Assert.Throws<InvalidOperationException>(() => QueryResultSettings.From(configuration)).Message);
    }
}
