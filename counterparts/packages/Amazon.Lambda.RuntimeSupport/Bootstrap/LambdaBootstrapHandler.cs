namespace Amazon.Lambda.RuntimeSupport;

public delegate Task<InvocationResponse> LambdaBootstrapHandler(InvocationRequest invocation);

/// <summary>Runs once before the first invocation; false ends the process without an error.</summary>
public delegate Task<bool> LambdaBootstrapInitializer();
