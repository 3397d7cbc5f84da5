using NotifyQuery.EventSource.Rules;

namespace NotifyQuery.EventSource.Ports;

/// <summary>The function that takes the batches.</summary>
internal interface IFunction
{
    /// <summary>Invokes the function and waits for its answer. Only cancellation is thrown: whatever else happens is a reply.</summary>
    Task<FunctionReply> InvokeAsync(IReadOnlyCollection<ChangeRecord> records, CancellationToken cancellationToken);
}

/// <summary>How an invocation ended.</summary>
internal enum FunctionReplyKind
{
    /// <summary>The function returned.</summary>
    Returned,

    /// <summary>The function threw, or its process died.</summary>
    FunctionError,

    /// <summary>The function did not return within its timeout.</summary>
    TimedOut,

    /// <summary>The payload is more than the service takes.</summary>
    TooLarge,

    /// <summary>The function was not reached (refused, unknown, throttled, a fault of the service): the batch is not to blame.</summary>
    Unavailable,
}

/// <summary>What came of an invocation.</summary>
/// <param name="Kind">How it ended.</param>
/// <param name="RequestId">The invocation's id, when there is one.</param>
/// <param name="Answer">What the function returned.</param>
/// <param name="Error">What went wrong, without any content of the records.</param>
internal sealed record FunctionReply(
    FunctionReplyKind Kind,
    string? RequestId = null,
    ReadOnlyMemory<byte> Answer = default,
    string? Error = null
);
