namespace Counterparts.Tests.Aws;

/// <summary>
/// Tests that set, or must not see, the variables that the SDK and the emulator read. The variables belong to the whole process: these
/// tests run alone.
/// </summary>
[CollectionDefinition(nameof(ProcessEnvironment), DisableParallelization = true)]
public class ProcessEnvironment;

/// <summary>A variable of the process for the duration of a test.</summary>
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
