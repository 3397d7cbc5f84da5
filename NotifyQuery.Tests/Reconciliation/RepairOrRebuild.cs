namespace NotifyQuery.Tests.Reconciliation;

/// <summary>Brings the query table back to what the commands say, by a repair or by a rebuild.</summary>
internal static class RepairOrRebuild
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public static Task RepairAsync(Pipeline pipeline, bool rebuild) =>
        rebuild ? pipeline.Reconciler().RebuildAsync(1, restart: true, new(), Token) : pipeline.RepairAsync();
}
