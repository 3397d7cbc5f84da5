using NotifyQuery.Core.Notifications;
using NotifyQuery.Operations.Failures;

namespace NotifyQuery.Tests.Operations;

/// <summary>How people select dead letters, and how dead letters are grouped.</summary>
public sealed class FailureWindowTests
{
    private static readonly DateTimeOffset Now = Timestamp.Parse("2026-11-22T08:15:30.123Z");

    [Theory]
    [InlineData(null, "2026-11-16T00:00:00.000Z")]
    [InlineData("2h", "2026-11-22T06:15:30.123Z")]
    [InlineData("90s", "2026-11-22T08:14:00.123Z")]
    [InlineData("1.5m", "2026-11-22T08:14:00.123Z")]
    [InlineData("7d", "2026-11-15T08:15:30.123Z")]
    [InlineData("2026-11-22", "2026-11-22T00:00:00.000Z")]
    [InlineData("2026-11-22T07:00Z", "2026-11-22T07:00:00.000Z")]
    [InlineData("2026-11-22T07:00:01.5Z", "2026-11-22T07:00:01.500Z")]
    [InlineData("2026-11-22T08:00:00+01:00", "2026-11-22T07:00:00.000Z")]
    [InlineData("1900-01-01", "2016-11-24T08:15:30.123Z")] // nothing is kept for longer than ten years
    public void Since_is_a_time_or_an_age(string? since, string expected)
    {
        Assert.Null(FailureWindowText.TryRead(since, null, 7, Now, out var window));
        Assert.Equal((expected, null), (Timestamp.Format(window.Since), window.Until));
    }

    [Theory]
    [InlineData("1h", "2026-11-22T07:15:30.123Z")]
    [InlineData("2026-11-22T08:15:30.123Z", "2026-11-22T08:15:30.123Z")]
    [InlineData("9999-12-31", null)] // nothing is later than tomorrow
    public void Until_is_a_time_or_an_age(string until, string? expected)
    {
        Assert.Null(FailureWindowText.TryRead("2h", until, 7, Now, out var window));
        Assert.Equal(expected, window.Until is { } end ? Timestamp.Format(end) : null);
    }

    [Theory]
    [InlineData(
        "yesterday",
        null,
        "since is 'yesterday': give a time in UTC like 2026-11-22T08:15:30Z, a day like 2026-11-22, or an age like 90s, 30m, 2h or 7d."
    )]
    [InlineData("2", null, "since is '2': give a time")]
    [InlineData("-2h", null, "since is '-2h': give a time")]
    [InlineData("2H", null, "since is '2H': give a time")]
    [InlineData("99999999d", null, "since is '99999999d': give a time")]
    [InlineData("2026-13-22", null, "since is '2026-13-22': give a time")]
    [InlineData("2026-11-23", null, "since is '2026-11-23': that is in the future.")]
    [InlineData("2h", "soon", "until is 'soon': give a time")]
    [InlineData("1h", "2h", "until is '2h', which is not after since: nothing would be selected.")]
    [InlineData("1h", "1h", "until is '1h', which is not after since")]
    public void An_invalid_window_is_reported_with_the_fix(string? since, string? until, string problem) =>
        Assert.StartsWith(problem, FailureWindowText.TryRead(since, until, 7, Now, out _), StringComparison.Ordinal);

    [Theory]
    [InlineData("InvalidCommand: channel is 'fax2'", "InvalidCommand: channel is 'fax2'")]
    [InlineData(
        "created_at#transaction_id has 1,025 bytes: at most 1,024 fit into a key",
        "created_at#transaction_id has N bytes: at most N fit into a key"
    )]
    [InlineData("request 3f2504e0-4f89-11d3-9a0c-0305e82c3301.", "request ….")]
    [InlineData(
        "of shardId-00000001795596552490-8dcc2077 of arn:aws:dynamodb:ddblocal:000000000000:table/t/stream/2026-11-25T08:49:12.467 in "
            + "101 invocations; x",
        "of … of … in N invocations; x"
    )]
    [InlineData("created at 2026-11-25T08:49:12.467Z: no version", "created at …: no version")]
    public void A_cause_is_without_what_differs_from_letter_to_letter(string error, string cause) =>
        Assert.Equal(cause, FailureGroups.CauseOf(error));

    [Fact]
    public void However_many_causes_there_are_memory_is_bounded_and_no_letter_is_missed()
    {
        var groups = new FailureGroups();
        Parallel.For(
            0,
            5000,
            number => groups.Add(new($"2026-11-22T08:15:30.123Z#{number}", "Odd", $"it is '{number}'", 1, false, null, null, null, null))
        );

        Assert.Equal((5000, FailureGroups.MostCauses + 1), (groups.Letters, groups.All.Count));
        Assert.Equal(5000, groups.All.Sum(group => group.Letters));
        Assert.Equal("(other causes)", groups.All[0].Cause);
    }
}
