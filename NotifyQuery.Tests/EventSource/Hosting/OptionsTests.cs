using Microsoft.Extensions.Configuration;
using NotifyQuery.EventSource.Hosting;

namespace NotifyQuery.Tests.EventSource;

public sealed class OptionsTests
{
    private static readonly (string, string)[] Required = [("TableName", "commands"), ("FunctionName", "processor")];

    [Fact]
    public void The_defaults_are_AWS_s()
    {
        var options = Bind([]);

        Assert.Equal(
            (100, 0, -1, -1, false, 1),
            (
                options.BatchSize,
                options.MaximumBatchingWindowInSeconds,
                options.MaximumRetryAttempts,
                options.MaximumRecordAgeInSeconds,
                options.BisectBatchOnFunctionError,
                options.ParallelizationFactor
            )
        );
        Assert.False(options.ReportsItemFailures);
        Assert.True(new EventSourceOptionsValidator().Validate(null, options).Succeeded);
    }

    [Theory]
    [InlineData("BatchSize", "0", "10001", "1", "10000")]
    [InlineData("MaximumBatchingWindowInSeconds", "-1", "301", "0", "300")]
    [InlineData("MaximumRetryAttempts", "-2", "10001", "-1", "10000")]
    [InlineData("MaximumRecordAgeInSeconds", "59", "604801", "60", "604800")]
    [InlineData("MaximumRecordAgeInSeconds", "0", "-2", "-1", "604800")]
    [InlineData("ParallelizationFactor", "0", "11", "1", "10")]
    [InlineData("FunctionTimeout", "0", "901", "0.5", "900")]
    [InlineData("LeaseSeconds", "0.5", "301", "1", "300")]
    [InlineData("StartingPosition", "AT_TIMESTAMP", "latest", "LATEST", "TRIM_HORIZON")]
    [InlineData("FunctionResponseTypes:0", "Report", "", "ReportBatchItemFailures", "ReportBatchItemFailures")]
    public void A_value_outside_AWS_s_range_gets_one_sentence_that_names_it(string name, string bad, string worse, string good, string best)
    {
        foreach (var value in new[] { bad, worse })
        {
            var failure = Assert.Single(new EventSourceOptionsValidator().Validate(null, Bind([(name, value)])).Failures!);
            Assert.Contains("EventSource:" + name.Split(':')[0], failure, StringComparison.Ordinal);
        }

        foreach (var value in new[] { good, best })
            Assert.True(new EventSourceOptionsValidator().Validate(null, Bind([(name, value)])).Succeeded);
    }

    [Fact]
    public void Each_bad_value_is_named_at_once()
    {
        var failures = new EventSourceOptionsValidator()
            .Validate(null, Bind([("FunctionName", " "), ("BatchSize", "0"), ("StartingPosition", "x")]))
            .Failures!;

        Assert.Equal(3, failures.Count());
    }

    private static EventSourceOptions Bind((string Name, string Value)[] settings)
    {
        var options = new EventSourceOptions();
        new ConfigurationBuilder()
            .AddInMemoryCollection(Entries(Required))
            .AddInMemoryCollection(Entries(settings))
            .Build()
            .GetSection(EventSourceOptions.Section)
            .Bind(options);
        return options;

        static IEnumerable<KeyValuePair<string, string?>> Entries((string Name, string Value)[] settings) =>
            settings.Select(setting => KeyValuePair.Create($"EventSource:{setting.Name}", (string?)setting.Value));
    }
}
