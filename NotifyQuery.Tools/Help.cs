using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;

namespace NotifyQuery.Tools;

/// <summary>Examples at the end of a command's help.</summary>
internal static class Help
{
    private static readonly Dictionary<Command, string[]> Examples = [];

    /// <summary>Sets the examples of a command, without the program's name.</summary>
    public static Command WithExamples(this Command command, params string[] examples)
    {
        Examples[command] = examples;
        return command;
    }

    /// <summary>Adds the examples to the help of every command.</summary>
    public static void ShowExamples(RootCommand root)
    {
        var option = root.Options.OfType<HelpOption>().Single();
        option.Action = new WithExamplesAction((HelpAction)option.Action!);
    }

    private sealed class WithExamplesAction(HelpAction help) : SynchronousCommandLineAction
    {
        public override int Invoke(ParseResult parseResult)
        {
            var exitCode = help.Invoke(parseResult);
            if (!Examples.TryGetValue(parseResult.CommandResult.Command, out var examples))
                return exitCode;
            var output = parseResult.InvocationConfiguration.Output;
            output.WriteLine("Examples:");
            foreach (var example in examples)
                output.WriteLine($"  notifyquery {example}");
            output.WriteLine();
            return exitCode;
        }
    }
}
