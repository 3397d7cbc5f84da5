namespace Aspire.Hosting.AWS.Lambda;

/// <summary>The process that serves the runtime API to the functions and the Invoke API to their callers.</summary>
public class LambdaEmulatorResource(string name) : ExecutableResource(name, LambdaTestTool.Command, Environment.CurrentDirectory);
