using NotifyQuery.EventSource.Rules;

namespace NotifyQuery.EventSource.Ports;

/// <summary>The function that receives the batches.</summary>
internal interface IFunction
{
    /// <summary>Invokes the function and waits for its response. Throws only on cancellation; every other result is a reply.</summary>
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

    /// <summary>The payload is too large for the service.</summary>
    TooLarge,

    /// <summary>The function was not reached (refused, unknown, throttled, or a service error). The batch is not at fault.</summary>
    Unavailable,
}

/// <summary>The result of an invocation.</summary>
/// <param name="Kind">How the invocation ended.</param>
/// <param name="RequestId">The invocation's id, when there is one.</param>
/// <param name="Answer">The function's response.</param>
/// <param name="Error">What went wrong, without any content of the records.</param>
internal sealed record FunctionReply(
    FunctionReplyKind Kind,
    string? RequestId = null,
    ReadOnlyMemory<byte> Answer = default,
    string? Error = null
);
