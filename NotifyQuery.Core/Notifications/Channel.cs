namespace NotifyQuery.Core.Notifications;

/// <summary>How a notification is delivered to its user.</summary>
public enum Channel
{
    /// <summary>A push notification to a device: <c>push</c>.</summary>
    Push,

    /// <summary>A text message: <c>sms</c>.</summary>
    Sms,

    /// <summary>An email: <c>email</c>.</summary>
    Email,

    /// <summary>A message shown inside the app: <c>in_app</c>.</summary>
    InApp,
}
