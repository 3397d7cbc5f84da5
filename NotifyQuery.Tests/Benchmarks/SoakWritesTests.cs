using NotifyQuery.Benchmarks.Scenarios;
using NotifyQuery.Core.Notifications;

namespace NotifyQuery.Tests.Benchmarks;

public sealed class SoakWritesTests
{
    [Fact]
    public void Every_command_is_inserted_and_then_gets_each_status_once_a_second_apart()
    {
        var writes = new SoakWrites();
        var byCommand = Enumerable
            .Range(0, 4000)
            .Select(number => (Number: number, Record: writes.Next(number)))
            .GroupBy(write => write.Record.TransactionId)
            .Where(command => command.First().Number is >= 400 and < 3000) // the first ones have no predecessors, the last ones no time
            .ToList();

        Assert.Equal(650, byCommand.Count);
        Assert.All(
            byCommand,
            command =>
            {
                Assert.Equal(
                    [NotificationStatus.Pending, NotificationStatus.Sent, NotificationStatus.Delivered, NotificationStatus.Read],
                    command.Select(write => write.Record.Status!.Value)
                );
                Assert.Single(command.Select(write => (write.Record.UserId, write.Record.CreatedAt)).Distinct());
                Assert.All(
                    command.Zip(command.Skip(1), (earlier, later) => later.Number - earlier.Number),
                    apart => Assert.Equal(101, apart)
                );
            }
        );
    }
}
