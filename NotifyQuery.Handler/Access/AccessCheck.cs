namespace NotifyQuery.Handler.Access;

/// <summary>
/// The command <c>check-access</c>: reads the access settings as a start would, and says what is wrong with them. The AppHost runs it
/// before it starts anything.
/// </summary>
internal static class AccessCheck
{
    public const string Command = "check-access";

    /// <summary>Reads the settings; the problem, if there is one, is one line on standard error.</summary>
    /// <param name="arguments">The same arguments as those of a start.</param>
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
