using System.Collections.Frozen;

namespace NotifyQuery.Core.Notifications;

/// <summary>The names of channels and statuses in tables, queries and responses.</summary>
public static class WireNames
{
    private static readonly FrozenDictionary<string, Channel> ChannelsByName = Enum.GetValues<Channel>()
        .ToFrozenDictionary(ToName, StringComparer.Ordinal);

    private static readonly FrozenDictionary<string, NotificationStatus> StatusesByName = Enum.GetValues<NotificationStatus>()
        .ToFrozenDictionary(ToName, StringComparer.Ordinal);

    /// <summary>All channel names in enum order, separated by commas, for messages.</summary>
    public static string AllChannels { get; } = string.Join(", ", Enum.GetValues<Channel>().Select(ToName));

    /// <summary>All status names in enum order, separated by commas, for messages.</summary>
    public static string AllStatuses { get; } = string.Join(", ", Enum.GetValues<NotificationStatus>().Select(ToName));

    /// <summary>The name of a channel: <c>push</c>, <c>sms</c>, <c>email</c> or <c>in_app</c>.</summary>
    public static string ToName(this Channel channel) =>
        channel switch
        {
            Channel.Push => "push",
            Channel.Sms => "sms",
            Channel.Email => "email",
            Channel.InApp => "in_app",
            _ => throw new ArgumentOutOfRangeException(nameof(channel), channel, "is not a channel"),
        };

    /// <summary>The name of a status: <c>PENDING</c>, <c>SENT</c>, <c>DELIVERED</c>, <c>READ</c> or <c>FAILED</c>.</summary>
    public static string ToName(this NotificationStatus status) =>
        status switch
        {
            NotificationStatus.Pending => "PENDING",
            NotificationStatus.Sent => "SENT",
            NotificationStatus.Delivered => "DELIVERED",
            NotificationStatus.Read => "READ",
            NotificationStatus.Failed => "FAILED",
            _ => throw new ArgumentOutOfRangeException(nameof(status), status, "is not a status"),
        };

    /// <summary>Parses a channel's name. Case-sensitive.</summary>
    public static bool TryParse(string name, out Channel channel) => ChannelsByName.TryGetValue(name, out channel);

    /// <summary>Parses a status's name. Case-sensitive.</summary>
    public static bool TryParse(string name, out NotificationStatus status) => StatusesByName.TryGetValue(name, out status);
}
