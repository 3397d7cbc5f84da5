using System.Diagnostics;
using Amazon.Lambda.Core;
using OpenTelemetry.Instrumentation.AWSLambda.Implementation;
using OpenTelemetry.Trace;

namespace OpenTelemetry.Instrumentation.AWSLambda;

/// <summary>
/// Runs a handler in a new span, which is exported before the invocation ends: Lambda may freeze the process immediately after that.
/// </summary>
public static class AWSLambdaWrapper
{
    internal const string SourceName = "OpenTelemetry.Instrumentation.AWSLambda";

    private static readonly ActivitySource Source = new(SourceName);

    public static Task TraceAsync<TInput>(
        TracerProvider? tracerProvider,
        Func<TInput, ILambdaContext, Task> lambdaHandler,
        TInput input,
        ILambdaContext context,
        ActivityContext parentContext = default
    )
    {
        ArgumentNullException.ThrowIfNull(lambdaHandler);
        return TraceAsync<TInput, object?>(
            tracerProvider,
            async (handlerInput, handlerContext) =>
            {
                await lambdaHandler(handlerInput, handlerContext).ConfigureAwait(false);
                return null;
            },
            input,
            context,
            parentContext
        );
    }

    public static Task<TResult> TraceAsync<TInput, TResult>(
        TracerProvider? tracerProvider,
        Func<TInput, ILambdaContext, Task<TResult>> lambdaHandler,
        TInput input,
        ILambdaContext context,
        ActivityContext parentContext = default
    )
    {
        ArgumentNullException.ThrowIfNull(lambdaHandler);
        ArgumentNullException.ThrowIfNull(context);
        return Run();

        async Task<TResult> Run()
        {
            var activity = Source.StartActivity(
                InvocationTags.FunctionName(context) ?? "AWS Lambda Invoke",
                ActivityKind.Server,
                parentContext == default ? InvocationParent.Of(input) : parentContext,
                InvocationTags.Of(input, context)
            );
            try
            {
                var result = await lambdaHandler(input, context).ConfigureAwait(false);
                InvocationTags.SetResult(activity, result);
                return result;
            }
            catch (Exception error)
            {
                activity?.AddException(error);
                activity?.SetStatus(ActivityStatusCode.Error, error.Message);
                throw;
            }
            finally
            {
                activity?.Stop();
                tracerProvider?.ForceFlush();
            }
        }
    }
}
