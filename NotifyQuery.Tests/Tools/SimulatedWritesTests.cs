using NotifyQuery.Core.Notifications;
using NotifyQuery.Core.Projection;
using NotifyQuery.DynamoDB;
using NotifyQuery.Operations.Simulation;

namespace NotifyQuery.Tests.Tools;

public sealed class SimulatedWritesTests
{
    private const int Count = 5000;
    private const int Users = 20;

    private static readonly DateTimeOffset Now = new(2026, 11, 22, 12, 0, 0, TimeSpan.Zero);

    private static readonly List<SimulatedWrite> Writes = [.. Of(seed: 1)];

    [Fact]
    public void The_same_seed_gives_the_same_writes_and_another_seed_others()
    {
        Assert.Equal(Writes, Of(seed: 1));
        Assert.NotEqual(Writes, Of(seed: 2));
    }

    [Fact]
    public void Two_seeds_never_write_the_same_record()
    {
        var (first, second) = (KeysOf(Writes), KeysOf(Of(seed: 2)));

        Assert.Empty(first.Intersect(second));
    }

    [Fact]
    public void More_writes_with_the_same_seed_begin_with_the_same()
    {
        Assert.Equal(Writes.Take(100), new SimulatedWrites(Users, 1, Now).Take(100));
        Assert.Equal(Count, Writes.Count);
    }

    [Fact]
    public void Every_record_begins_with_its_insert_advances_and_ends_with_its_removal_if_it_has_one()
    {
        foreach (var life in Writes.GroupBy(w => w.Record.TransactionId).Select(g => g.ToList()))
        {
            Assert.Equal(WriteKind.Insert, life[0].Kind);
            Assert.Equal(NotificationStatus.Pending, life[0].Record.Status);
            Assert.All(life.Skip(1), w => Assert.NotEqual(WriteKind.Insert, w.Kind));
            Assert.All(life.SkipLast(1), w => Assert.NotEqual(WriteKind.Removal, w.Kind));
            foreach (var (before, after) in life.Zip(life.Skip(1)))
            {
                if (after.Kind is WriteKind.Removal)
                    Assert.Equal(before.Record, after.Record);
                else
                    AssertAdvances(before.Record, after.Record);
            }
        }
    }

    [Fact]
    public void Every_record_is_one_that_can_be_projected()
    {
        Assert.All(
            Writes,
            write =>
            {
                var image = CommandImage.Read(CommandItem.Reader(CommandItem.Of(write.Record)));
                Assert.Empty(image.Problems);
                Assert.Equal(write.Record, image.Record);
            }
        );
    }

    [Fact]
    public void A_failed_notification_says_why_and_no_other_does()
    {
        Assert.All(Writes, w => Assert.Equal(w.Record.Status is NotificationStatus.Failed, w.Record.ErrorMessage is not null));
    }

    [Fact]
    public void The_mix_is_realistic()
    {
        double Share(Func<SimulatedWrite, bool> which) => Writes.Count(which) / (double)Count;

        Assert.InRange(Share(w => w.Kind is WriteKind.Insert), 0.2, 0.5);
        Assert.InRange(Share(w => w.Kind is WriteKind.Removal), 0.005, 0.1);
        Assert.InRange(Share(w => w.Record.Status is NotificationStatus.Failed), 0.02, 0.15);
        Assert.Equal(Enum.GetValues<NotificationStatus>(), Writes.Select(w => w.Record.Status!.Value).Distinct().Order());
        Assert.Equal(Enum.GetValues<Channel>(), Writes.Select(w => w.Record.Channel!.Value).Distinct().Order());
        Assert.Contains(Writes, w => w.Record.CampaignId is null);
        Assert.Equal(SimulatedWrites.FirstUser, Writes[0].Record.UserId); // who is named in the first query
        Assert.Equal(Users, Writes.Select(w => w.Record.UserId).Distinct().Count());
    }

    [Fact]
    public void Every_moment_lies_within_the_last_week()
    {
        Assert.All(Writes, w => Assert.InRange(Timestamp.Parse(w.Record.CreatedAt), Now.AddDays(-7), Now));
    }

    private static IEnumerable<SimulatedWrite> Of(int seed) => new SimulatedWrites(Users, seed, Now).Take(Count);

    private static HashSet<(string, string)> KeysOf(IEnumerable<SimulatedWrite> writes) =>
        [.. writes.Select(w => (w.Record.TransactionId, w.Record.CreatedAt))];

    /// <summary>PENDING to SENT to DELIVERED to READ, or to FAILED from either of the first two; nothing else changes but when.</summary>
    private static void AssertAdvances(CommandRecord before, CommandRecord after)
    {
        NotificationStatus[] next = before.Status switch
        {
            NotificationStatus.Pending => [NotificationStatus.Sent, NotificationStatus.Failed],
            NotificationStatus.Sent => [NotificationStatus.Delivered, NotificationStatus.Failed],
            NotificationStatus.Delivered => [NotificationStatus.Read],
            _ => [],
        };
        Assert.Contains(after.Status!.Value, next);
        Assert.True(string.CompareOrdinal(before.UpdatedAt, after.UpdatedAt) < 0);
        Assert.Equal(before with { Status = after.Status, ErrorMessage = after.ErrorMessage, UpdatedAt = after.UpdatedAt }, after);
    }
}
