using Amazon.Lambda.Core;
using Amazon.Lambda.RuntimeSupport.Bootstrap;

namespace Amazon.Lambda.RuntimeSupport;

/// <summary>Turns a function of .NET types into a process that serves Lambda invocations.</summary>
public class LambdaBootstrapBuilder
{
    private readonly LambdaBootstrapHandler _handler;
    private HttpClient _httpClient;
    private LambdaBootstrapInitializer _initializer;
    private LambdaBootstrapOptions _options;

    private LambdaBootstrapBuilder(LambdaBootstrapHandler handler) => _handler = handler;

    public static LambdaBootstrapBuilder Create(Func<Stream, ILambdaContext, Task<Stream>> handler) =>
        new(async invocation => new InvocationResponse(
            await handler(invocation.InputStream, invocation.LambdaContext).ConfigureAwait(false)
        ));

    /// <summary>A function without a result. The caller receives an empty body.</summary>
    public static LambdaBootstrapBuilder Create<TInput>(Func<TInput, ILambdaContext, Task> handler, ILambdaSerializer serializer) =>
        new(async invocation =>
        {
            await handler(serializer.Deserialize<TInput>(invocation.InputStream), invocation.LambdaContext).ConfigureAwait(false);
            return new InvocationResponse(new MemoryStream(0));
        });

    public static LambdaBootstrapBuilder Create<TInput, TOutput>(
        Func<TInput, ILambdaContext, Task<TOutput>> handler,
        ILambdaSerializer serializer
    ) =>
        new(async invocation =>
        {
            var output = await handler(serializer.Deserialize<TInput>(invocation.InputStream), invocation.LambdaContext)
                .ConfigureAwait(false);
            var stream = new MemoryStream();
            serializer.Serialize(output, stream);
            stream.Position = 0;
            return new InvocationResponse(stream);
        });

    public LambdaBootstrapBuilder UseHttpClient(HttpClient httpClient)
    {
        _httpClient = httpClient;
        return this;
    }

    /// <summary>Sets the initializer, despite its name.</summary>
    public LambdaBootstrapBuilder UseBootstrapHandler(LambdaBootstrapInitializer lambdaBootstrapInitializer)
    {
        _initializer = lambdaBootstrapInitializer;
        return this;
    }

    public LambdaBootstrapBuilder ConfigureOptions(Action<LambdaBootstrapOptions> options = null)
    {
        _options ??= new LambdaBootstrapOptions();
        options?.Invoke(_options);
        return this;
    }

    public LambdaBootstrap Build() => new(_httpClient, _handler, _initializer, _options);
}
