using System.Collections.Immutable;
using System.Diagnostics;
using OpenTelemetry;

namespace Counterparts.Tests.Aws;

/// <summary>Stores the exported spans.</summary>
internal sealed class ExportedSpans : BaseExporter<Activity>
{
    private ImmutableList<Activity> spans = [];

    public ImmutableList<Activity> Now => spans;

    public override ExportResult Export(in Batch<Activity> batch)
    {
        foreach (var span in batch)
            ImmutableInterlocked.Update(ref spans, static (known, span) => known.Add(span), span);
        return ExportResult.Success;
    }
}
