namespace NotifyQuery.AppHost.Backends;

/// <summary>AWS's own DynamoDB Local, which AWS publishes as an npm package (see dynamodb-local/package.json).</summary>
internal static class DynamoDBLocal
{
    /// <summary>
    /// Switches off the JVM's optimizing compiler. The engine then starts in half the time and needs half the processor time for its first
    /// 8,000 writes; only an engine that runs for much longer would be faster with it (docs/performance.md, "Start and stop").
    /// </summary>
    private const string FastStart = "-XX:TieredStopAtLevel=1";

    /// <summary>
    /// The collector without threads of its own, from a small heap on: the JVM's defaults are made for servers, and let the heap of this
    /// process grow by 70 MB before it is collected for the first time. The tables are not on the heap (docs/performance.md, "Footprint").
    /// </summary>
    private static readonly string[] SmallHeap = ["-XX:+UseSerialGC", "-Xms16m"];

    private static readonly string Emulator = Path.Combine("node_modules", "amplify-dynamodb-simulator", "emulator");

    /// <summary>The command of npm, which on Windows is a script.</summary>
    public static string Npm => OperatingSystem.IsWindows() ? "npm.cmd" : "npm";

    /// <summary>
    /// Whether DynamoDB Local is already downloaded. npm writes this file last, so an interrupted install does not count.
    /// </summary>
    public static bool IsInstalled(string appHostDirectory) =>
        File.Exists(Path.Combine(Folder(appHostDirectory), "node_modules", ".package-lock.json"));

    public static Backend AddDynamoDBLocal(this IDistributedApplicationBuilder builder, string name, Settings settings)
    {
        var folder = Folder(builder.AppHostDirectory);
        var java = builder
            .AddExecutable(name, settings.Java!, folder)
            .WithHttpEndpoint(port: settings.BackendPort, env: "DYNAMODB_PORT")
            .WithArgs(context =>
            {
                context.Args.Add(FastStart);
                foreach (var option in SmallHeap)
                    context.Args.Add(option);
                context.Args.Add("-Duser.language=en"); // in some locales the lower case of I is not i, which changes Java's own names
                context.Args.Add($"-Djava.library.path={Path.Combine(Emulator, "DynamoDBLocal_lib")}");
                context.Args.Add("-jar");
                context.Args.Add(Path.Combine(Emulator, "DynamoDBLocal.jar"));
                context.Args.Add("-sharedDb"); // otherwise each access key and region has its own tables
                context.Args.Add("-disableTelemetry");
                foreach (var storage in Storage())
                    context.Args.Add(storage);
                context.Args.Add("-port");
                context.Args.Add(((IResourceWithEndpoints)context.Resource).GetEndpoint("http").Property(EndpointProperty.TargetPort));
            })
            .WithHttpHealthCheck("/", 400); // the response to a request without a target
        // With a locale that is not installed or not UTF-8, Java does not find its own files in a folder whose name has non-ASCII letters.
        if (OperatingSystem.IsLinux())
            java.WithEnvironment("LC_ALL", "C.UTF-8");
        // Tables in memory are lost when the process ends. Only tables on disk are there again after a restart.
        if (settings.Persist)
            java.WithRestart();

        if (!IsInstalled(builder.AppHostDirectory))
        {
            // Downloaded once, about 60 MB, and checked against the digests of the lock file.
            var install = builder
                .AddExecutable($"{name}-install", Npm, folder, "ci", "--ignore-scripts", "--no-audit", "--no-fund")
                .RunsOnce("downloading about 60 MB");
            java.WaitForCompletion(install);
        }

        return new(java, java.GetEndpoint("http"));

        string[] Storage()
        {
            if (!settings.Persist)
                return ["-inMemory"];
            Directory.CreateDirectory(settings.DataFolder);
            return ["-dbPath", settings.DataFolder];
        }
    }

    private static string Folder(string appHostDirectory) => Path.Combine(appHostDirectory, "dynamodb-local");
}
