namespace NotifyQuery.Core.Notifications;

/// <summary>The way by which a notification reaches its user.</summary>
public enum Channel
{
    /// <summary>A push message to a device: <c>push</c>.</summary>
    Push,

    /// <summary>A text message: <c>sms</c>.</summary>
    Sms,

    /// <summary>A mail: <c>email</c>.</summary>
    Email,

    /// <summary>A message shown inside the app: <c>in_app</c>.</summary>
    InApp,
}
