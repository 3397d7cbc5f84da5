namespace NotifyQuery.Tools;

/// <summary>The exit codes.</summary>
internal static class ExitCode
{
    public const int Ok = 0;
    public const int CheckFailed = 1;
    public const int Usage = 2;
    public const int Unreachable = 3;
    public const int Cancelled = 130; // the exit code of shells after Ctrl-C
}
