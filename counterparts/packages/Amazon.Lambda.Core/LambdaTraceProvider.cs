namespace Amazon.Lambda.Core;

/// <summary>The X-Ray trace id of the running invocation, as the runtime API passed it.</summary>
#pragma warning disable CA1052 // it is not a static class in the package either
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
