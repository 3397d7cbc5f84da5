using NotifyQuery.Core.Notifications;

namespace NotifyQuery.Operations.Reading;

/// <summary>Something that is there to be asked for.</summary>
/// <param name="User">A user.</param>
/// <param name="Transaction">A transaction; null where no notification was found.</param>
/// <param name="Campaign">A campaign.</param>
/// <param name="Status">A status.</param>
/// <param name="Day">A day on which something has that status, <c>yyyy-MM-dd</c>.</param>
public sealed record ReadSample(string User, string? Transaction, string Campaign, NotificationStatus Status, string Day);
