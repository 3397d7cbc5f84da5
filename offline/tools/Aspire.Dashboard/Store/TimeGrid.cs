namespace Aspire.Dashboard.Store;

/// <summary>
/// Brings the steps of a series, which come when the sender likes, onto equal steps of time. What came in a step is taken as spread evenly
/// over it, so that a rate does not jump when two exports happen to fall into one step and none into the next.
/// </summary>
internal sealed record TimeGrid(double FromMs, double StepMs, int Count)
{
    private const int MostSteps = 300;

    /// <summary>A value holds for at least this long after it was reported, so that an exporter may take its time.</summary>
    private const double LeastHoldMs = 10_000;

    public double ToMs => FromMs + Count * StepMs;

    public static TimeGrid Ending(double nowMs, double minutes)
    {
        var step = Math.Max(1_000, Math.Ceiling(minutes * 60_000 / MostSteps / 1_000) * 1_000);
        var count = (int)Math.Ceiling(minutes * 60_000 / step);
        return new((Math.Floor(nowMs / step) - count) * step, step, count);
    }

    /// <summary>The time of a point is the end of its step.</summary>
    public List<double?[]> Points(IReadOnlyList<double?> values) => [.. values.Select((value, index) => new double?[] { FromMs + (index + 1) * StepMs, value })];

    /// <summary>How much came in each second; null where nothing is known.</summary>
    public double?[] Rates(IReadOnlyList<Step> steps)
    {
        var (sums, covered) = (new double[Count], new double[Count]);
        Spread(steps, (index, step, overlap) =>
        {
            sums[index] += step.Value * overlap / (step.TimeMs - step.SinceMs);
            covered[index] += overlap;
        });
        return [.. sums.Select((sum, index) => covered[index] > 0 ? sum * 1_000 / covered[index] : (double?)null)];
    }

    /// <summary>How what came is distributed; null where nothing came.</summary>
    public Buckets?[] Distributions(IReadOnlyList<Step> steps)
    {
        var all = new Buckets?[Count];
        Spread(steps, (index, step, overlap) =>
        {
            if (step.Buckets is not { } buckets)
                return;
            var share = buckets.Times(overlap / (step.TimeMs - step.SinceMs));
            all[index] = all[index]?.Plus(share) ?? share;
        });
        return all;
    }

    /// <summary>Where it stood at the end of each step.</summary>
    public List<double?[]> Values(IReadOnlyList<Step> steps)
    {
        var hold = steps.Count < 2 ? LeastHoldMs : Math.Max(LeastHoldMs, 1.5 * (steps[^1].TimeMs - steps[0].TimeMs) / (steps.Count - 1));
        var values = new double?[Count];
        var next = 0;
        for (var index = 0; index < Count; index++)
        {
            var end = FromMs + (index + 1) * StepMs;
            while (next < steps.Count && steps[next].TimeMs <= end)
                next++;
            if (next > 0 && end - steps[next - 1].TimeMs <= hold)
                values[index] = steps[next - 1].Total;
        }

        return Points(values);
    }

    private void Spread(IReadOnlyList<Step> steps, Action<int, Step, double> add)
    {
        foreach (var step in steps)
        {
            var first = Math.Max(0, (int)Math.Floor((step.SinceMs - FromMs) / StepMs));
            for (var index = first; index < Count && FromMs + index * StepMs < step.TimeMs; index++)
            {
                var overlap = Math.Min(step.TimeMs, FromMs + (index + 1) * StepMs) - Math.Max(step.SinceMs, FromMs + index * StepMs);
                if (overlap > 0)
                    add(index, step, overlap);
            }
        }
    }
}
