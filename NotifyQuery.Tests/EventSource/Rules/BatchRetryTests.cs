using FsCheck;
using FsCheck.Fluent;
using NotifyQuery.EventSource.Rules;

namespace NotifyQuery.Tests.EventSource;

public sealed class BatchRetryTests
{
    [Theory]
    [InlineData(0, 1)]
    [InlineData(3, 4)]
    public void A_batch_that_fails_is_invoked_once_and_then_as_often_as_the_budget_says(int maximumRetryAttempts, int invocations)
    {
        var retry = new BatchRetry(maximumRetryAttempts, null, bisectOnFunctionError: false);
        var batch = Records.Batch(1, 2);
        for (var i = 1; i < invocations; i++)
        {
            var decision = retry.After(batch, BatchOutcome.Failed("Unhandled"));
            Assert.False(decision.GivenUp);
            batch = Assert.Single(decision.Next);
        }

        var last = retry.After(batch, BatchOutcome.Failed("Unhandled"));
        Assert.True(last.GivenUp);
        Assert.Empty(last.Next);
    }

    [Fact]
    public void Without_a_budget_it_is_tried_without_end()
    {
        var decision = new BatchRetry(-1, null, false).After(Records.Batch(1) with { Attempts = 10_001 }, BatchOutcome.Failed("Unhandled"));

        Assert.False(decision.GivenUp);
        Assert.Equal(10_002, Assert.Single(decision.Next).Attempts);
    }

    [Fact]
    public void What_is_left_after_a_partial_success_has_a_budget_of_its_own()
    {
        var decision = new BatchRetry(3, null, false).After(Records.Batch(1, 2, 3) with { Attempts = 3 }, BatchOutcome.FailedFrom(1));

        Assert.Equal(1, decision.Done);
        var rest = Assert.Single(decision.Next);
        Assert.Equal(["2", "3"], Records.Numbers(rest.Records));
        Assert.Equal(0, rest.Attempts);
    }

    [Fact]
    public void A_reported_first_record_uses_up_the_budget_like_a_thrown_error()
    {
        var decision = new BatchRetry(0, null, false).After(Records.Batch(1, 2), BatchOutcome.FailedFrom(0));

        Assert.True(decision.GivenUp);
    }

    [Fact]
    public void Bisecting_gives_the_halves_in_order_and_leaves_the_budget_alone()
    {
        var decision = new BatchRetry(0, null, true).After(Records.Batch(1, 2, 3, 4, 5), BatchOutcome.Failed("Unhandled"));

        Assert.False(decision.GivenUp);
        Assert.Equal(["1", "2"], Records.Numbers(decision.Next[0].Records));
        Assert.Equal(["3", "4", "5"], Records.Numbers(decision.Next[1].Records));
        Assert.All(decision.Next, half => Assert.Equal(0, half.Attempts));
    }

    [Fact]
    public void A_single_record_is_not_bisected()
    {
        Assert.True(new BatchRetry(0, null, true).After(Records.Batch(1), BatchOutcome.Failed("Unhandled")).GivenUp);
    }

    [Fact]
    public void Only_the_head_of_a_batch_that_is_over_age_expires()
    {
        var now = DateTimeOffset.UtcNow;
        var ages = new[] { 61, 61, 60, 90 };
        var batch = new PendingBatch(ages.Select((age, i) => Records.Of(i, createdAt: now.AddSeconds(-age))).ToArray());

        Assert.Equal(2, new BatchRetry(-1, TimeSpan.FromSeconds(60), false).Expired(batch, now));
        Assert.Equal(0, new BatchRetry(-1, null, false).Expired(batch, now));
    }

    [Fact]
    public void Bisecting_gives_up_exactly_the_poison_and_keeps_order_wherever_it_is()
    {
        var cases =
            from count in Gen.Choose(1, 60)
            from poison in Gen.SubListOf(Enumerable.Range(0, count))
            from budget in Gen.Choose(0, 3)
            from reports in Gen.Elements(true, false)
            select (count, poison: poison.ToHashSet(), budget, reports);

        Prop.ForAll(
                cases.ToArbitrary(),
                run =>
                {
                    var retry = new BatchRetry(run.budget, null, bisectOnFunctionError: true);
                    var pending = new Stack<PendingBatch>([Records.Batch([.. Enumerable.Range(0, run.count)])]);
                    List<string> settled = [];
                    HashSet<string> givenUp = [];
                    var invocations = 0;
                    while (pending.TryPop(out var batch))
                    {
                        Assert.True(++invocations < 10_000);
                        var first = batch
                            .Records.ToList()
                            .FindIndex(record => run.poison.Contains((int)long.Parse(record.SequenceNumber, null)));
                        var outcome =
                            first < 0 ? BatchOutcome.Complete(batch.Count)
                            : run.reports ? BatchOutcome.FailedFrom(first)
                            : BatchOutcome.Failed("Unhandled");
                        var decision = retry.After(batch, outcome);
                        settled.AddRange(batch.Records[..decision.Done].Select(record => record.SequenceNumber));
                        if (decision.GivenUp)
                        {
                            settled.AddRange(batch.Records.Select(record => record.SequenceNumber));
                            givenUp.UnionWith(batch.Records.Select(record => record.SequenceNumber));
                        }

                        foreach (var next in decision.Next.Reverse())
                            pending.Push(next);
                    }

                    Assert.Equal(Enumerable.Range(0, run.count).Select(i => Records.Of(i).SequenceNumber), settled);
                    Assert.Equal(run.poison.Select(i => Records.Of(i).SequenceNumber).Order(), givenUp.Order());
                }
            )
            .Check(Config.QuickThrowOnFailure.WithReplay(2026, 11).WithMaxTest(300));
    }
}
