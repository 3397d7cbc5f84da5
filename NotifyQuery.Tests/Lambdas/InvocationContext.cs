using Amazon.Lambda.Core;

namespace NotifyQuery.Tests.Lambdas;

/// <summary>What a function is told of its invocation: how much time it has left, and nothing else.</summary>
internal sealed class InvocationContext(TimeSpan remainingTime) : ILambdaContext
{
    public TimeSpan RemainingTime => remainingTime;

    public string AwsRequestId => "request-1";

    public IClientContext ClientContext => throw new NotSupportedException();

    public string FunctionName => "function";

    public string FunctionVersion => "$LATEST";

    public ICognitoIdentity Identity => throw new NotSupportedException();

    public string InvokedFunctionArn => "arn:aws:lambda:us-east-1:123456789012:function:function";

    public ILambdaLogger Logger => throw new NotSupportedException();

    public string LogGroupName => "group";

    public string LogStreamName => "stream";

    public int MemoryLimitInMB => 256;
}
