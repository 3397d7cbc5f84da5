namespace NotifyQuery.Core.Notifications;

/// <summary>The names of a notification's attributes. They are the same in both tables, in responses and in the docs.</summary>
public static class AttributeNames
{
    /// <summary>Identifies the send. The system that requested the send assigns it.</summary>
    public const string TransactionId = "transaction_id";

    /// <summary>When the command was created. In notification-records, <c>#</c> and the transaction id follow the time.</summary>
    public const string CreatedAt = "created_at";

    /// <summary>The user who receives the notification.</summary>
    public const string UserId = "user_id";

    /// <summary>See <see cref="Notifications.Channel"/>.</summary>
    public const string Channel = "channel";

    /// <summary>See <see cref="NotificationStatus"/>.</summary>
    public const string Status = "status";

    /// <summary>The campaign that the notification belongs to, if any.</summary>
    public const string CampaignId = "campaign_id";

    /// <summary>The title shown to the user.</summary>
    public const string Title = "title";

    /// <summary>The text shown to the user. Personal data: never logged.</summary>
    public const string Body = "body";

    /// <summary>Why a send failed.</summary>
    public const string ErrorMessage = "error_message";

    /// <summary>When the command record was last changed.</summary>
    public const string UpdatedAt = "updated_at";

    /// <summary>The W3C trace context of the write.</summary>
    public const string TraceParent = "trace_parent";

    /// <summary>notification-records: when the command was created, without the transaction id.</summary>
    public const string SentAt = "sent_at";

    /// <summary>notification-records: the version of the change that was projected last.</summary>
    public const string SourceVersion = "source_version";

    /// <summary>notification-records: when the item was written by the projection.</summary>
    public const string ProjectedAt = "projected_at";

    /// <summary>notification-records: key of campaign-index, <c>campaign#nn</c>; see <see cref="Projection.KeySpread"/>.</summary>
    public const string CampaignKey = "campaign_key";

    /// <summary>notification-records: key of status-index, <c>STATUS#yyyy-MM-dd#nn</c>; see <see cref="Projection.KeySpread"/>.</summary>
    public const string StatusKey = "status_key";

    /// <summary>notification-records created before keys were spread: key of status-index, <c>STATUS#yyyy-MM-dd</c>.</summary>
    public const string StatusDay = "status_day";

    /// <summary>notification-records, tombstones only: when the notification was removed.</summary>
    public const string DeletedAt = "deleted_at";

    /// <summary>notification-records, tombstones only: when the tombstone expires, in Unix seconds (time to live).</summary>
    public const string ExpiresAt = "expires_at";
}
