namespace Aspire.Hosting.AWS.Lambda;

/// <summary>A Lambda function whose project runs as a process and asks the emulator for invocations.</summary>
public class LambdaProjectResource(string name) : ProjectResource(name);
