namespace Counterparts.Tests.Aws;

/// <summary>Tests that set, or must not see set, the variables that the SDK reads.</summary>
[CollectionDefinition(nameof(ProcessEnvironment))]
public class ProcessEnvironment;

/// <summary>A variable of the process for as long as a test needs it.</summary>
internal sealed class Variable : IDisposable
{
    private readonly string name;
    private readonly string? before;

    public Variable(string name, string value)
    {
        this.name = name;
        before = Environment.GetEnvironmentVariable(name);
        Environment.SetEnvironmentVariable(name, value);
    }

    public void Dispose() => Environment.SetEnvironmentVariable(name, before);
}
