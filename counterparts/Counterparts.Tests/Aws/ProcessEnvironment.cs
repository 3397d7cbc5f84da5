namespace Counterparts.Tests.Aws;

/// <summary>
/// Tests that set, or must not see set, the variables that the SDK and the emulator read. They are the whole process's: nothing runs beside them.
/// </summary>
[CollectionDefinition(nameof(ProcessEnvironment), DisableParallelization = true)]
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
