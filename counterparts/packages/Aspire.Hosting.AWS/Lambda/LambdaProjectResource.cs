namespace Aspire.Hosting.AWS.Lambda;

/// <summary>A Lambda function whose project runs as a process and requests invocations from the emulator.</summary>
public class LambdaProjectResource(string name) : ProjectResource(name);
