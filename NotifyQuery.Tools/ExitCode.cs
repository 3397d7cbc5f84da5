namespace NotifyQuery.Tools;

/// <summary>What a command tells the shell.</summary>
internal static class ExitCode
{
    public const int Ok = 0;
    public const int CheckFailed = 1;
    public const int Usage = 2;
    public const int Unreachable = 3;
    public const int Cancelled = 130; // as a shell says after Ctrl-C
}
