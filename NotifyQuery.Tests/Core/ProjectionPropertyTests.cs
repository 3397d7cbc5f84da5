using FsCheck;
using FsCheck.Fluent;
using Microsoft.FSharp.Core;
using NotifyQuery.Core.Ports;
using NotifyQuery.Core.Projection;
using NotifyQuery.Tests.Support;

namespace NotifyQuery.Tests.Core;

/// <summary>
/// The promise of the projection: for every history of commands, and every way in which its stream is delivered, readers see the fold
/// of the history, and exactly the changes that can never be projected are dead letters.
/// </summary>
public sealed class ProjectionPropertyTests
{
    private static readonly Rnd Seed = new(20261122, 1);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public void Whatever_happens_to_the_stream_readers_see_the_fold_of_the_history()
    {
        var property = Prop.ForAll(
            Scenario.Any,
            async (Scenario scenario) =>
                Assert.Empty(await new Delivery(Target.InMemory(new()), Delivery.LowestFailed).RunAsync(scenario, Token))
        );

        Check.One(Config.QuickThrowOnFailure.WithMaxTest(500).WithReplay(new Replay(Seed, FSharpOption<int>.None)), property);
    }

    [Fact]
    public void Whichever_streams_replace_one_another_and_in_whatever_order_they_are_delivered_readers_see_the_fold_of_the_history()
    {
        var property = Prop.ForAll(
            Scenario.WithReplacedStreams,
            async (Scenario scenario) =>
                Assert.Empty(await new Delivery(Target.InMemory(new()), Delivery.LowestFailed).RunAsync(scenario, Token))
        );

        Check.One(Config.QuickThrowOnFailure.WithMaxTest(1000).WithReplay(new Replay(Seed, FSharpOption<int>.None)), property);
    }

    // The property is worth something only if it finds a broken rule.

    [Fact]
    public async Task A_store_that_compares_sequence_numbers_without_their_stream_is_found_out()
    {
        Assert.True(
            await IsFoundOutAsync(
                () => Target.InMemory(new StoreThatForgetsTheStream()),
                Delivery.LowestFailed,
                Scenario.WithReplacedStreams
            )
        );
        // of one stream it is right
        Assert.False(await IsFoundOutAsync(() => Target.InMemory(new StoreThatForgetsTheStream()), Delivery.LowestFailed));
    }

    [Fact]
    public async Task A_store_without_the_condition_is_found_out() =>
        Assert.True(await IsFoundOutAsync(() => Target.InMemory(new StoreWithoutCondition()), Delivery.LowestFailed));

    [Fact]
    public async Task A_store_without_tombstones_is_found_out() =>
        Assert.True(await IsFoundOutAsync(() => Target.InMemory(new StoreWithoutTombstones()), Delivery.LowestFailed));

    [Fact]
    public async Task A_store_that_takes_the_same_version_for_older_is_harmless_but_one_that_compares_texts_is_found_out()
    {
        Assert.False(await IsFoundOutAsync(() => Target.InMemory(new StoreThatRepeatsAVersion()), Delivery.LowestFailed));
        Assert.True(await IsFoundOutAsync(() => Target.InMemory(new StoreThatComparesTexts()), Delivery.LowestFailed));
    }

    [Fact]
    public async Task A_retry_from_another_than_the_lowest_failed_record_is_found_out() =>
        Assert.True(await IsFoundOutAsync(() => Target.InMemory(new()), report => report.Failed.MaxBy(long.Parse)));

    [Fact]
    public async Task A_failure_that_is_not_reported_is_found_out() =>
        Assert.True(await IsFoundOutAsync(() => Target.InMemory(new()), _ => null));

    [Fact]
    public async Task A_dead_letter_that_is_lost_is_found_out() =>
        Assert.True(
            await IsFoundOutAsync(() => Target.InMemory(new()) with { DeadLetters = new ForgetfulDeadLetters() }, Delivery.LowestFailed)
        );

    private static async Task<bool> IsFoundOutAsync(
        Func<Target> target,
        Func<BatchReport, string?> toRetry,
        Arbitrary<Scenario>? scenarios = null
    )
    {
        foreach (var scenario in (scenarios ?? Scenario.Any).Generator.Sample(numberOfSamples: 500, Seed, size: 50))
            if ((await new Delivery(target(), toRetry).RunAsync(scenario, Token)).Count > 0)
                return true;
        return false;
    }

    private sealed class StoreWithoutCondition : InMemoryProjectionStore
    {
        protected override bool Accepts(ProjectionWrite? present, ProjectionWrite write) => true;
    }

    private sealed class StoreWithoutTombstones : InMemoryProjectionStore
    {
        protected override bool Keeps(ProjectionWrite write) => write is ProjectionWrite.Put;
    }

    private sealed class StoreThatRepeatsAVersion : InMemoryProjectionStore
    {
        protected override bool Accepts(ProjectionWrite? present, ProjectionWrite write) =>
            present is null || present.Version <= write.Version;
    }

    private sealed class StoreThatForgetsTheStream : InMemoryProjectionStore
    {
        protected override bool Accepts(ProjectionWrite? present, ProjectionWrite write) =>
            present is null || string.CompareOrdinal(Sequence(present), Sequence(write)) < 0;

        private static string Sequence(ProjectionWrite write) =>
            write.Version.Text[(write.Version.Text.IndexOf('#', StringComparison.Ordinal) + 1)..];
    }

    private sealed class StoreThatComparesTexts : InMemoryProjectionStore
    {
        protected override bool Accepts(ProjectionWrite? present, ProjectionWrite write) =>
            present is null || string.CompareOrdinal(Digits(present), Digits(write)) < 0;

        private static string Digits(ProjectionWrite write) =>
            write.Version.Text[(write.Version.Text.IndexOf('#', StringComparison.Ordinal) + 1)..].TrimStart('0');
    }

    private sealed class ForgetfulDeadLetters : IDeadLetters
    {
        public Task<WriteResult> PutAsync(DeadLetter letter, CancellationToken cancellationToken) =>
            Task.FromResult(new WriteResult(WriteOutcome.Applied));
    }
}
