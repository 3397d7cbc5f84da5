using System.Text.Json.Serialization;
using NotifyQuery.DynamoDB;
using NotifyQuery.Operations.Failures;
using NotifyQuery.Tools.Erasing;
using NotifyQuery.Tools.Failures;
using NotifyQuery.Tools.Reconciliation;
using NotifyQuery.Tools.Report;

namespace NotifyQuery.Tools;

/// <summary>The output on an error, instead of a result.</summary>
internal sealed record ErrorAnswer(ErrorDetail Error);

/// <summary>An error.</summary>
/// <param name="Message">What happened and what to do.</param>
/// <param name="ExitCode">The exit code.</param>
internal sealed record ErrorDetail(string Message, int ExitCode);

/// <summary>The JSON of the command line's own results.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower,
    WriteIndented = true,
    UseStringEnumConverter = true
)]
[JsonSerializable(typeof(ErrorAnswer))]
[JsonSerializable(typeof(ReconcileAnswer))]
[JsonSerializable(typeof(IReadOnlyList<StoredDeadLetter>))]
[JsonSerializable(typeof(FailureGroupsAnswer))]
[JsonSerializable(typeof(FailureRunAnswer))]
[JsonSerializable(typeof(GivenUpAnswer))]
[JsonSerializable(typeof(IReadOnlyList<GivenUpBatch>))]
[JsonSerializable(typeof(RetryAnswer))]
[JsonSerializable(typeof(DiscardAnswer))]
[JsonSerializable(typeof(EraseAnswer))]
[JsonSerializable(typeof(ReportAnswer))]
internal sealed partial class ToolsJson : JsonSerializerContext;
