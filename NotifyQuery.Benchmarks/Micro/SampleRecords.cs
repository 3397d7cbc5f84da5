using NotifyQuery.Core.Notifications;
using NotifyQuery.Operations.Seeding;

namespace NotifyQuery.Benchmarks.Micro;

/// <summary>The same records for every benchmark.</summary>
internal static class SampleRecords
{
    public static IReadOnlyList<CommandRecord> Take(int count) =>
        [.. Seeder.Records(new() { Count = count, Newest = new(2026, 11, 22, 0, 0, 0, TimeSpan.Zero) })];
}
