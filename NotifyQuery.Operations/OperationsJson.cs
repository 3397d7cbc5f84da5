using System.Text.Json.Serialization;
using NotifyQuery.Operations.Api;
using NotifyQuery.Operations.Control;
using NotifyQuery.Operations.Cost;
using NotifyQuery.Operations.Inspection;
using NotifyQuery.Operations.NextTables;
using NotifyQuery.Operations.Reading;
using NotifyQuery.Operations.Seeding;
using NotifyQuery.Operations.Simulation;
using NotifyQuery.Operations.Streams;

namespace NotifyQuery.Operations;

/// <summary>The JSON of the operations' results.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower,
    WriteIndented = true,
    UseStringEnumConverter = true
)]
[JsonSerializable(typeof(RunningSystem))]
[JsonSerializable(typeof(WriteSimulationResult))]
[JsonSerializable(typeof(StreamCheckResult))]
[JsonSerializable(typeof(ApiCheckResult))]
[JsonSerializable(typeof(InspectionResult))]
[JsonSerializable(typeof(SeedResult))]
[JsonSerializable(typeof(ReadBenchmarkResult))]
[JsonSerializable(typeof(ReadLoadResult))]
[JsonSerializable(typeof(CostEstimate))]
[JsonSerializable(typeof(QueryTables))]
[JsonSerializable(typeof(ProjectionStatus))]
[JsonSerializable(typeof(ControlOutcome))]
public sealed partial class OperationsJson : JsonSerializerContext;
