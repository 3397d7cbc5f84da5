using NotifyQuery.Lambdas;
using NotifyQuery.Lambdas.Query;
using NotifyQuery.Lambdas.QueryResult;
using NotifyQuery.Lambdas.StreamProcessor;

// One executable, three functions: the function's handler setting (_HANDLER) selects the function of this process.
var handler = Environment.GetEnvironmentVariable("_HANDLER");
await (
    handler switch
    {
        "query" => FunctionHost.RunAsync(QueryFunction.Configure, QueryFunction.CreateBootstrap),
        "query-result" => FunctionHost.RunAsync(QueryResultFunction.Configure, QueryResultFunction.CreateBootstrap),
        "stream-processor" => FunctionHost.RunAsync(StreamProcessorFunction.Configure, StreamProcessorFunction.CreateBootstrap),
        _ => throw new InvalidOperationException(
            $"there is no function '{handler}': set the function's handler to query, query-result or stream-processor"
        ),
    }
);
