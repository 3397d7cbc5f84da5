using System.Globalization;
using Microsoft.Extensions.Options;
using NotifyQuery.EventSource.Filtering;

namespace NotifyQuery.EventSource.Hosting;

/// <summary>Validates the settings: one sentence for each value that AWS would refuse.</summary>
internal sealed class EventSourceOptionsValidator : IValidateOptions<EventSourceOptions>
{
    /// <inheritdoc />
    public ValidateOptionsResult Validate(string? name, EventSourceOptions options)
    {
        var faults = Faults(options).ToList();
        return faults.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(faults);
    }

    private static IEnumerable<string> Faults(EventSourceOptions options)
    {
        if (string.IsNullOrWhiteSpace(options.TableName))
            yield return "EventSource:TableName is missing: name the table whose stream is to be read.";
        if (string.IsNullOrWhiteSpace(options.FunctionName))
            yield return "EventSource:FunctionName is missing: name the function that processes the batches.";
        if (options.StartingPosition is not (EventSourceOptions.TrimHorizon or EventSourceOptions.Latest))
            yield return $"EventSource:StartingPosition is '{options.StartingPosition}': use TRIM_HORIZON or LATEST.";
        if (Outside(options.BatchSize, 1, 10_000))
            yield return Range(nameof(options.BatchSize), options.BatchSize, "1 to 10000");
        if (Outside(options.MaximumBatchingWindowInSeconds, 0, 300))
            yield return Range(nameof(options.MaximumBatchingWindowInSeconds), options.MaximumBatchingWindowInSeconds, "0 to 300");
        if (Outside(options.MaximumRetryAttempts, -1, 10_000))
            yield return Range(nameof(options.MaximumRetryAttempts), options.MaximumRetryAttempts, "0 to 10000, or -1 for no limit");
        if (options.MaximumRecordAgeInSeconds != -1 && Outside(options.MaximumRecordAgeInSeconds, 60, 604_800))
            yield return Range(
                nameof(options.MaximumRecordAgeInSeconds),
                options.MaximumRecordAgeInSeconds,
                "60 to 604800, or -1 for no limit"
            );
        if (Outside(options.ParallelizationFactor, 1, 10))
            yield return Range(nameof(options.ParallelizationFactor), options.ParallelizationFactor, "1 to 10");
        foreach (var type in options.FunctionResponseTypes.Where(type => type != EventSourceOptions.ReportBatchItemFailures))
            yield return $"EventSource:FunctionResponseTypes contains '{type}': the only response type is ReportBatchItemFailures.";
        foreach (var problem in EventFilter.Parse(options.FilterCriteria).Problems)
            yield return problem;
        if (!(options.FunctionTimeout is > 0 and <= 900))
            yield return Range(nameof(options.FunctionTimeout), options.FunctionTimeout, "more than 0 and at most 900");
        if (Outside(options.RetryDelayMilliseconds, 1, 60_000))
            yield return Range(nameof(options.RetryDelayMilliseconds), options.RetryDelayMilliseconds, "1 to 60000");
        if (Outside(options.MaximumRetryDelayMilliseconds, options.RetryDelayMilliseconds, 300_000))
            yield return Range(
                nameof(options.MaximumRetryDelayMilliseconds),
                options.MaximumRetryDelayMilliseconds,
                "RetryDelayMilliseconds to 300000"
            );
        if (!(options.LeaseSeconds is >= 1 and <= 300))
            yield return Range(nameof(options.LeaseSeconds), options.LeaseSeconds, "1 to 300");
    }

    private static bool Outside(int value, int lowest, int highest) => value < lowest || value > highest;

    private static string Range(string name, IFormattable value, string allowed) =>
        $"EventSource:{name} is {value.ToString(null, CultureInfo.InvariantCulture)}: use {allowed}.";
}
