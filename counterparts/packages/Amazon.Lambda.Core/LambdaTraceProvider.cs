namespace Amazon.Lambda.Core;

/// <summary>The X-Ray trace id of the running invocation, from the runtime API.</summary>
#pragma warning disable CA1052 // not a static class in the package either
public class LambdaTraceProvider
#pragma warning restore CA1052
{
    private static readonly AsyncLocal<string> TraceId = new();

    public static string CurrentTraceId
    {
        get => TraceId.Value ?? Environment.GetEnvironmentVariable("_X_AMZN_TRACE_ID");
        internal set => TraceId.Value = value;
    }
}
