using NotifyQuery.Core.Notifications;
using NotifyQuery.Core.Projection;
using NotifyQuery.Operations.Failures;
using NotifyQuery.Tests.Support;
using static NotifyQuery.Tests.Reconciliation.DeadLetterRuns;

namespace NotifyQuery.Tests.Reconciliation;

/// <summary>What readers see after many retries in the middle of a history.</summary>
public sealed class RetryHistoryTests(DynamoDbLocal engine) : IClassFixture<DynamoDbLocal>
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    /// <summary>Histories made by chance; the stream has gaps, old changes come late, and letters are retried in between.</summary>
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public async Task A_retry_of_many_never_brings_back_what_is_older_than_what_is_shown_or_removed(int seed)
    {
        using var pipeline = await Pipeline.CreateAsync(engine);
        var random = new Random(seed);
        var late = new List<StreamChange>();
        var there = new Dictionary<int, CommandState>();
        for (var step = 0; step < 120; step++)
        {
            var number = random.Next(4);
            if (!there.TryGetValue(number, out var before) || random.Next(5) > 0)
            {
                var state = Command($"tx-{number}")
                    .With(AttributeNames.UserId, random.Next(2) == 0 ? "ann" : "bob")
                    .With(AttributeNames.Title, $"title {step}");
                there[number] = random.Next(6) == 0 ? state.With(AttributeNames.Channel, "fax") : state;
                await BecomeAsync(await pipeline.PutAsync(there[number]));
            }
            else
            {
                there.Remove(number);
                await BecomeAsync(await pipeline.RemoveAsync(before));
            }

            if (random.Next(8) == 0)
                await RetryAsync(random.Next(2) == 0 ? Everything : Everything with { TransactionId = $"tx-{random.Next(4)}" });
            if (random.Next(6) == 0 && late.Count > 0)
                await NeverBackAsync(() => pipeline.ProjectAsync(late[random.Next(late.Count)]));
        }

        // What is in no letter is the business of reconcile; here every command gets one.
        await KeepAsync(pipeline, [.. Enumerable.Range(0, 4).Select(number => Letter($"last-{number}", $"tx-{number}", Now))]);
        await RetryAsync(Everything);
        foreach (var change in late)
            await NeverBackAsync(() => pipeline.ProjectAsync(change));

        Assert.Equal(
            there
                .Values.Where(state => state.Image().Record is not null)
                .Select(state => $"{state.Read(AttributeNames.UserId).Text} {state.Read(AttributeNames.Title).Text}")
                .Order(StringComparer.Ordinal),
            (await pipeline.Tables.AllAsync(pipeline.Tables.Names.NotificationRecords, Token))
                .Where(item => !item.ContainsKey(AttributeNames.DeletedAt))
                .Select(item => $"{item[AttributeNames.UserId].S} {item[AttributeNames.Title].S}")
                .Order(StringComparer.Ordinal)
        );

        async Task BecomeAsync(StreamChange change)
        {
            late.Add(change);
            switch (random.Next(3))
            {
                case 0:
                    await pipeline.ProjectAsync(change);
                    break;
                case 1:
                    await KeepAsync(
                        pipeline,
                        Letter(change.EventId, change.TransactionId, Now) with
                        {
                            ErrorType = "RetryAttemptsExhausted",
                        }
                    );
                    break;
                default:
                    break; // a gap
            }
        }

        Task RetryAsync(FailureSelection selection) => NeverBackAsync(() => RunAsync(pipeline, FailureOperation.Retry, selection));

        async Task NeverBackAsync(Func<Task> action)
        {
            var before = await VersionsAsync();
            await action();
            var after = await VersionsAsync();
            Assert.All(
                before,
                place =>
                    Assert.True(
                        string.CompareOrdinal(after[place.Key], place.Value) >= 0,
                        $"{place.Key} went from {place.Value} to {after[place.Key]}"
                    )
            );
        }

        async Task<Dictionary<string, string>> VersionsAsync() =>
            (await pipeline.Tables.AllAsync(pipeline.Tables.Names.NotificationRecords, Token)).ToDictionary(
                item => $"{item[AttributeNames.UserId].S} {item[AttributeNames.CreatedAt].S}",
                item => item[AttributeNames.SourceVersion].S
            );
    }
}
