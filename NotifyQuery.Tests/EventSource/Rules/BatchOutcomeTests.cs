using System.Text;
using NotifyQuery.EventSource.Rules;

namespace NotifyQuery.Tests.EventSource;

/// <summary>AWS's table of outcomes, row by row.</summary>
public sealed class BatchOutcomeTests
{
    private static readonly ChangeRecord[] Batch = [Records.Of(10), Records.Of(20), Records.Of(30), Records.Of(40)];

    [Theory]
    [InlineData("")]
    [InlineData(" \n")]
    [InlineData("null")]
    [InlineData("\"\"")]
    [InlineData("[]")]
    [InlineData("{}")]
    [InlineData("""{"batchItemFailures":[]}""")]
    [InlineData("""{"batchItemFailures":null}""")]
    [InlineData("""{"BatchItemFailures":[{"itemIdentifier":"x"}]}""")]
    public void An_answer_without_failures_is_complete_success(string answer)
    {
        var outcome = BatchOutcome.FromAnswer(Encoding.UTF8.GetBytes(answer), Batch);

        Assert.True(outcome.Succeeded);
        Assert.Equal(Batch.Length, outcome.Done);
    }

    [Theory]
    [InlineData(new[] { 30 }, 2)]
    [InlineData(new[] { 40, 20 }, 1)]
    [InlineData(new[] { 20, 20 }, 1)]
    [InlineData(new[] { 10, 20, 30, 40 }, 0)]
    public void Everything_before_the_lowest_listed_record_is_done(int[] listed, int done)
    {
        var failures = listed.Select(number => $$"""{"itemIdentifier":"{{Records.Of(number).SequenceNumber}}"}""");

        var outcome = BatchOutcome.FromAnswer(
            Encoding.UTF8.GetBytes($$"""{"batchItemFailures":[{{string.Join(',', failures)}}]}"""),
            Batch
        );

        Assert.False(outcome.Succeeded);
        Assert.Equal(done, outcome.Done);
        Assert.Null(outcome.Error);
    }

    [Theory]
    [InlineData("""{"itemIdentifier":"123"}""")]
    [InlineData("""{"itemIdentifier":123}""")]
    [InlineData("""{"itemIdentifier":""}""")]
    [InlineData("""{"itemIdentifier":null}""")]
    [InlineData("""{"wrong":"000000000000000000030"}""")]
    [InlineData("{}")]
    [InlineData("null")]
    [InlineData("\"000000000000000000030\"")]
    [InlineData("""{"itemIdentifier":"30"}""")]
    public void An_entry_that_names_no_record_of_the_batch_fails_all_of_it_whatever_else_is_listed(string entry)
    {
        foreach (var failures in new[] { entry, $$"""{"itemIdentifier":"000000000000000000030"},{{entry}}""" })
        {
            var outcome = BatchOutcome.FromAnswer(Encoding.UTF8.GetBytes($$"""{"batchItemFailures":[{{failures}}]}"""), Batch);

            Assert.False(outcome.Succeeded);
            Assert.Equal(0, outcome.Done);
            Assert.NotNull(outcome.Error);
        }
    }

    [Theory]
    [InlineData("{")]
    [InlineData("ok")]
    [InlineData("\"ok\"")]
    [InlineData("7")]
    [InlineData("[1]")]
    [InlineData("""{"batchItemFailures":{}}""")]
    [InlineData("""{"batchItemFailures":"none"}""")]
    public void An_answer_that_is_not_understood_is_never_taken_for_success(string answer)
    {
        var outcome = BatchOutcome.FromAnswer(Encoding.UTF8.GetBytes(answer), Batch);

        Assert.False(outcome.Succeeded);
        Assert.Equal(0, outcome.Done);
        Assert.NotNull(outcome.Error);
    }
}
