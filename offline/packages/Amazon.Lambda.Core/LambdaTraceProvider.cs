namespace Amazon.Lambda.Core;

/// <summary>The X-Ray trace id of the running invocation, as the runtime API handed it over.</summary>
public static class LambdaTraceProvider
{
    private static readonly AsyncLocal<string> TraceId = new();

    public static string CurrentTraceId
    {
        get => TraceId.Value ?? Environment.GetEnvironmentVariable("_X_AMZN_TRACE_ID");
        internal set => TraceId.Value = value;
    }
}
