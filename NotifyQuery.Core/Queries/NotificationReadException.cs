namespace NotifyQuery.Core.Queries;

/// <summary>Why a page could not be read.</summary>
public enum ReadFailure
{
    /// <summary>What is asked is not there at the moment; asking again later makes sense.</summary>
    Unavailable,

    /// <summary>No answer in time.</summary>
    Timeout,

    /// <summary>It answered, but not with a page.</summary>
    InvalidAnswer,
}

/// <summary>A page could not be read from what is asked for it.</summary>
/// <param name="failure">Why.</param>
/// <param name="message">What happened, for a person; says nothing personal.</param>
/// <param name="innerException">The cause.</param>
public sealed class NotificationReadException(ReadFailure failure, string message, Exception? innerException = null)
    : Exception(message, innerException)
{
    /// <summary>Why.</summary>
    public ReadFailure Failure { get; } = failure;

    /// <summary>When asking again makes sense, if it is known.</summary>
    public TimeSpan? RetryAfter { get; init; }
}
