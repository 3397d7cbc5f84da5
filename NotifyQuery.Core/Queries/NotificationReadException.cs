namespace NotifyQuery.Core.Queries;

/// <summary>Why a page could not be read.</summary>
public enum ReadFailure
{
    /// <summary>The dependency is currently unavailable. Retry later.</summary>
    Unavailable,

    /// <summary>The read timed out.</summary>
    Timeout,

    /// <summary>The response is not a page.</summary>
    InvalidAnswer,
}

/// <summary>A page could not be read.</summary>
/// <param name="failure">The reason.</param>
/// <param name="message">What happened, for a person to read. Contains no personal data.</param>
/// <param name="innerException">The cause.</param>
public sealed class NotificationReadException(ReadFailure failure, string message, Exception? innerException = null)
    : Exception(message, innerException)
{
    /// <summary>The reason.</summary>
    public ReadFailure Failure { get; } = failure;

    /// <summary>When to retry, if known.</summary>
    public TimeSpan? RetryAfter { get; init; }
}
