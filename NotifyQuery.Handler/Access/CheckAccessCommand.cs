namespace NotifyQuery.Handler.Access;

/// <summary>
/// The command <c>check-access</c>: reads the access settings as the Handler does at startup, and reports errors. The AppHost runs this
/// command before it starts anything else.
/// </summary>
internal static class CheckAccessCommand
{
    public const string Command = "check-access";

    /// <summary>Validates the settings. An error is written as one line to standard error.</summary>
    /// <param name="arguments">The same arguments as for a normal start.</param>
    /// <returns>The exit code: 0, or 1 when the Handler would not start.</returns>
    public static int Run(string[] arguments)
    {
        var builder = WebApplication.CreateSlimBuilder(arguments);
        try
        {
            AccessSettings.From(builder.Configuration, builder.Environment);
            return 0;
        }
        catch (InvalidOperationException problem)
        {
            Console.Error.WriteLine(problem.Message);
            return 1;
        }
    }
}
