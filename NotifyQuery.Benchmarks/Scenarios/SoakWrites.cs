using NotifyQuery.Core.Notifications;

namespace NotifyQuery.Benchmarks.Scenarios;

/// <summary>The writes of the soak: of each command its insert and, each a second later, its statuses until it is read.</summary>
internal sealed class SoakWrites
{
    // A write follows the previous one of its command after this many commands: by then, the previous one is done.
    private const int Between = 25;
    private static readonly NotificationStatus[] Statuses =
    [
        NotificationStatus.Pending,
        NotificationStatus.Sent,
        NotificationStatus.Delivered,
        NotificationStatus.Read,
    ];

    private readonly CommandRecord?[] recent = new CommandRecord?[Between * Statuses.Length];

    /// <summary>The record to write.</summary>
    /// <param name="number">The number of the write, from 0.</param>
    public CommandRecord Next(long number)
    {
        var (step, command) = ((int)(number % Statuses.Length), number / Statuses.Length);
        var slot = (int)((command - (step * Between)) % recent.Length);
        if (step > 0 && command >= step * Between && Volatile.Read(ref recent[slot]) is { } earlier)
            return earlier with { Status = Statuses[step], UpdatedAt = Timestamp.Format(TimeProvider.System.GetUtcNow()) };

        var inserted = SampleCommands.New();
        if (step == 0)
            Volatile.Write(ref recent[slot], inserted);
        return inserted;
    }
}
