using System.CommandLine;
using System.Globalization;
using NotifyQuery.Core.Notifications;
using NotifyQuery.Operations;
using NotifyQuery.Operations.Seeding;

namespace NotifyQuery.Tools.Seeding;

/// <summary><c>seed</c>: fills notification-records for experiments with its size.</summary>
internal static class SeedCommand
{
    public static Command Create()
    {
        var count = new Option<int>("--count") { Description = "How many notifications.", DefaultValueFactory = _ => 1_000_000 }.Within(
            1,
            100_000_000
        );
        var deep = new Option<int>("--deep-user") { Description = $"How many of them belong to one user, {Seeder.DeepUser}." }.Within(
            0,
            100_000_000
        );
        var users = new Option<int>("--users")
        {
            Description = "How many users the others belong to.",
            DefaultValueFactory = _ => 10_000,
        }.Within(1, 1_000_000);
        var campaigns = new Option<int>("--campaigns")
        {
            Description = "How many campaigns they belong to.",
            DefaultValueFactory = _ => 100,
        }.Within(1, 10_000);
        var days = new Option<int>("--days")
        {
            Description = "The number of days over which they are spread, back from --newest.",
            DefaultValueFactory = _ => 30,
        }.Within(1, 3650);
        var newest = new Option<string?>("--newest")
        {
            Description = "All of them are before this time (default: today, 00:00 UTC; set it to get the same items on another day).",
        };
        newest.Validators.Add(result =>
        {
            if (result.Tokens is [{ Value: var text }] && !Timestamp.TryParseLenient(text, out _))
                result.AddError($"--newest is '{text}': it must be a date or a time like 2026-11-22T08:15:30Z.");
        });
        var seed = new Option<int>("--seed")
        {
            Description = "The same seed, --newest and other options give the same items: a second run changes nothing.",
            DefaultValueFactory = _ => 1,
        };
        var concurrency = new Option<int>("--concurrency")
        {
            Description = "How many requests run at once.",
            DefaultValueFactory = _ => 8,
        }.Within(1, 256);
        var command = new Command(
            "seed",
            "Fill notification-records with many items, as the projection would make them, for experiments with its size."
        )
        {
            count,
            deep,
            users,
            campaigns,
            days,
            newest,
            seed,
            concurrency,
        };
        CommonOptions.AllowWrites(command);
        command.SetAction(
            (parsed, cancellationToken) =>
            {
                var put = 0L;
                return Session.RunAsync(
                    parsed,
                    async session =>
                    {
                        var options = new SeedOptions
                        {
                            Count = parsed.GetValue(count),
                            DeepUserItems = parsed.GetValue(deep),
                            Users = parsed.GetValue(users),
                            Campaigns = parsed.GetValue(campaigns),
                            Days = parsed.GetValue(days),
                            Newest = NewestOf(parsed.GetValue(newest)),
                            Seed = parsed.GetValue(seed),
                            Concurrency = parsed.GetValue(concurrency),
                        };
                        SeedResult? result = null;
                        var seeder = new Seeder(session.Client, session.Tables, TimeProvider.System);
                        await session.Output.ShowProgressAsync(
                            "seeding",
                            options.Count,
                            () => Volatile.Read(ref put),
                            async () =>
                                result = await seeder.RunAsync(
                                    options,
                                    new Progress<long>(done => Volatile.Write(ref put, done)),
                                    cancellationToken
                                )
                        );
                        session.Output.Result(
                            result!,
                            OperationsJson.Default.SeedResult,
                            () =>
                                Output.Say(
                                    string.Create(
                                        CultureInfo.InvariantCulture,
                                        $"{result!.Items} items in {result.Seconds:F1} s ({result.PerSecond:F0}/s), {result.Retried} of "
                                            + $"them more than once."
                                    )
                                )
                        );
                        return ExitCode.Ok;
                    },
                    () => $"{Volatile.Read(ref put)} items were written; it is safe to run the same command again.",
                    cancellationToken
                );
            }
        );
        return command.WithExamples("seed --count 1000000 --deep-user 250000", "seed --count 10000 --seed 2 --newest 2026-11-22");
    }

    private static DateTimeOffset NewestOf(string? text) =>
        text is not null && Timestamp.TryParseLenient(text, out var moment)
            ? moment
            : new(TimeProvider.System.GetUtcNow().UtcDateTime.Date, TimeSpan.Zero);
}
