namespace NotifyQuery.AppHost.Emulators;

/// <summary>The programs that can emulate Lambda and API Gateway on this machine.</summary>
internal enum LambdaEmulatorKind
{
    /// <summary>
    /// AWS's own Lambda test tool, which Aspire.Hosting.AWS installs. It runs one invocation of a function at a time.
    /// </summary>
    TestTool,

    /// <summary>NotifyQuery.LambdaEmulator, which is built with the AppHost.</summary>
    NotifyQuery,
}

/// <summary>Chooses the emulator: the setting <c>NotifyQuery:LambdaEmulator</c>.</summary>
internal static class LambdaEmulatorChoice
{
    /// <summary>The configuration key of the setting.</summary>
    public const string Key = "NotifyQuery:LambdaEmulator";

    /// <summary>The emulator for a value of the setting. The default is the real test tool, if the packages install it.</summary>
    /// <param name="value">The value.</param>
    /// <param name="packageMode">The package mode of this build: only <c>nuget</c> has the package that installs the test tool.</param>
    /// <exception cref="SettingsException">The value is unknown, or this build has no such emulator.</exception>
    public static LambdaEmulatorKind Choose(string? value, string packageMode)
    {
        var hasTestTool = packageMode == "nuget";
        return value switch
        {
            null or "" => hasTestTool ? LambdaEmulatorKind.TestTool : LambdaEmulatorKind.NotifyQuery,
            "notifyquery" => LambdaEmulatorKind.NotifyQuery,
            "testtool" when hasTestTool => LambdaEmulatorKind.TestTool,
            "testtool" => throw new SettingsException(
                $"{Key} is testtool, but nothing installs the Lambda test tool in the package mode {packageMode}: leave the setting out, "
                    + "or build with a feed that has Aspire.Hosting.AWS (delete .package-mode.props to ask the feed again)."
            ),
            _ => throw new SettingsException($"{Key} is '{value}': it must be testtool or notifyquery."),
        };
    }

    /// <summary>The value of the setting for an emulator.</summary>
    public static string NameOf(LambdaEmulatorKind emulator) => emulator is LambdaEmulatorKind.TestTool ? "testtool" : "notifyquery";
}
