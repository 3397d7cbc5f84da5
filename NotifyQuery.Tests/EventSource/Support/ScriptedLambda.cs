using Amazon.Lambda;
using Amazon.Lambda.Model;
using Amazon.Runtime;

namespace NotifyQuery.Tests.EventSource;

/// <summary>A Lambda client without a service: it answers as the test says.</summary>
internal sealed class ScriptedLambda(Func<InvokeRequest, CancellationToken, Task<InvokeResponse>> answer)
    : AmazonLambdaClient(
        new BasicAWSCredentials("test", "test"),
        new AmazonLambdaConfig { ServiceURL = "http://127.0.0.1:1", AuthenticationRegion = "us-east-1" }
    )
{
    public ScriptedLambda(Func<InvokeResponse> answer)
        : this((_, _) => Task.FromResult(answer())) { }

    public override Task<InvokeResponse> InvokeAsync(InvokeRequest request, CancellationToken cancellationToken = default) =>
        answer(request, cancellationToken);
}
