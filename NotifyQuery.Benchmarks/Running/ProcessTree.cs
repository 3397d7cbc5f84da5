using System.Globalization;

namespace NotifyQuery.Benchmarks.Running;

/// <summary>A process at one moment.</summary>
/// <param name="Id">Its id.</param>
/// <param name="Name">Its role in the system, e.g. <c>Handler</c>.</param>
/// <param name="ResidentBytes">The resident memory.</param>
/// <param name="CpuTime">The processor time since the start of the process.</param>
/// <param name="Threads">The number of threads.</param>
internal sealed record ProcessSample(int Id, string Name, long ResidentBytes, TimeSpan CpuTime, int Threads)
{
    /// <summary>Whether it is a process of Aspire's orchestrator.</summary>
    public bool IsOrchestrator => Name is ProcessTree.Orchestrator or ProcessTree.Monitors;
}

/// <summary>
/// A process and all its descendants, as the kernel lists them in /proc. Aspire's orchestrator detaches from the AppHost that starts it.
/// Here it counts as a child of the AppHost that it monitors.
/// </summary>
internal static class ProcessTree
{
    /// <summary>The name of the two processes of Aspire's orchestrator (DCP): its API server and its controllers.</summary>
    public const string Orchestrator = "orchestrator";

    /// <summary>The name of the orchestrator's monitors: each ends one process of the system if the orchestrator dies.</summary>
    public const string Monitors = "orchestrator's monitors";

    /// <summary>The name of processes that only start another one and wait for its end.</summary>
    public const string DotnetRun = "dotnet run";

    private const int TicksPerSecond = 100; // USER_HZ: the same on every architecture that .NET runs on

    public static IReadOnlyList<ProcessSample> Read(int root)
    {
        if (!OperatingSystem.IsLinux())
            throw new PlatformNotSupportedException("processes are read from /proc, which only Linux has");
        var stats = Directory
            .EnumerateDirectories("/proc")
            .Select(folder =>
                int.TryParse(Path.GetFileName(folder), NumberStyles.None, CultureInfo.InvariantCulture, out var id) ? ReadStat(id) : null
            )
            .OfType<Stat>()
            .ToList();
        var children = stats.ToLookup(stat => stat.Parent);
        var orchestrators = stats
            .Where(stat => stat.Parent == 1)
            .ToLookup(stat => MonitoredBy(TryRead($"/proc/{stat.Id}/cmdline")?.Split('\0') ?? []));
        var found = new List<ProcessSample>();
        var open = new Queue<Stat>(stats.Where(stat => stat.Id == root));
        while (open.TryDequeue(out var stat))
        {
            if (TryRead($"/proc/{stat.Id}/cmdline") is { } command)
                found.Add(new(stat.Id, NameOf(stat.Id, command.Split('\0')), stat.ResidentBytes, stat.CpuTime, stat.Threads));
            foreach (var child in children[stat.Id].Concat(orchestrators[stat.Id]))
                open.Enqueue(child);
        }

        return found;
    }

    /// <summary>The resident memory of a process.</summary>
    public static long ResidentBytes(int id) =>
        ReadStat(id)?.ResidentBytes ?? throw new InvalidOperationException($"there is no process {id}");

    /// <summary>
    /// The memory of a process in which a page that n processes share counts as 1/n (PSS), so that a sum counts each page once; null if the
    /// process has ended. The kernel walks all pages for it: some milliseconds.
    /// </summary>
    public static long? ProportionalBytes(int id)
    {
        const string Field = "Pss:";
        var line = TryRead($"/proc/{id}/smaps_rollup")?.Split('\n').FirstOrDefault(it => it.StartsWith(Field, StringComparison.Ordinal));
        return line is null
            ? null
            : long.Parse(line[Field.Length..].Replace("kB", "", StringComparison.Ordinal), CultureInfo.InvariantCulture) * 1024;
    }

    /// <summary>The number of open files, sockets and pipes of a process; null if the process has ended.</summary>
    public static int? OpenHandles(int id)
    {
        try
        {
            return Directory.EnumerateFileSystemEntries($"/proc/{id}/fd").Count();
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    internal static string NameOf(int id, string[] command)
    {
        if (ProgramOf(command[0]) is "dotnet" && command.Length > 1 && command[1] is "run")
            return DotnetRun;
        var program = command.Select(ProgramOf).FirstOrDefault(name => name.StartsWith("NotifyQuery.", StringComparison.Ordinal));
        return program switch
        {
            "NotifyQuery.Lambdas" => $"{FunctionOf(id)} function",
            "NotifyQuery.LambdaEmulator" => EmulatorOf(command),
            not null => program["NotifyQuery.".Length..],
            null when command.Contains("-jar") => "DynamoDB Local",
            // AWS's own, as `dotnet lambda-test-tool` and as the tool that this starts
            null when command.Any(part => part.EndsWith("lambda-test-tool", StringComparison.Ordinal)) => EmulatorOf(command),
            null when command.FirstOrDefault(part => part.Contains("Dashboard", StringComparison.Ordinal)) is not null => "dashboard",
            null when ProgramOf(command[0]) is "dcp" => command.Contains("monitor-process") ? Monitors : Orchestrator,
            _ => Path.GetFileName(command[0]),
        };
    }

    /// <summary>The process that an orchestrator monitors and follows in its end; 0 if the process is not an orchestrator.</summary>
    internal static int MonitoredBy(string[] command) =>
        Array.IndexOf(command, "--monitor") is >= 0 and var at && at + 1 < command.Length && command.Contains("start-apiserver")
            ? int.Parse(command[at + 1], CultureInfo.InvariantCulture)
            : 0;

    /// <summary>The file name without .dll. The name of an executable may contain a dot itself, so nothing else is removed.</summary>
    private static string ProgramOf(string part) =>
        Path.GetFileName(part) is var name && name.EndsWith(".dll", StringComparison.Ordinal) ? name[..^".dll".Length] : name;

    /// <summary>The role of an emulator's process. Its program serves either Lambda or API Gateway.</summary>
    private static string EmulatorOf(string[] command) =>
        command.Any(part => part.StartsWith("--api-gateway-emulator", StringComparison.Ordinal))
            ? "API Gateway emulator"
            : "Lambda emulator";

    private static string FunctionOf(int id) =>
        TryRead($"/proc/{id}/environ")
            ?.Split('\0')
            .FirstOrDefault(variable => variable.StartsWith("_HANDLER=", StringComparison.Ordinal))
            ?["_HANDLER=".Length..]
        ?? "some";

    /// <summary>Reads the state of a process; null if the process has ended.</summary>
    private static Stat? ReadStat(int id)
    {
        if (TryRead($"/proc/{id}/stat") is not { } text)
            return null;
        // The second field is the program's name in parentheses, which may contain any character.
        var fields = text[(text.LastIndexOf(')') + 2)..].Split(' ');
        return new(
            id,
            Parse(fields[1]),
            Parse(fields[21]) * (long)Environment.SystemPageSize,
            TimeSpan.FromSeconds((Parse(fields[11]) + Parse(fields[12])) / (double)TicksPerSecond),
            Parse(fields[17])
        );

        static int Parse(string field) => (int)long.Parse(field, CultureInfo.InvariantCulture);
    }

    private static string? TryRead(string file)
    {
        try
        {
            return File.ReadAllText(file);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return null; // ended at this moment, or not accessible
        }
    }

    private sealed record Stat(int Id, int Parent, long ResidentBytes, TimeSpan CpuTime, int Threads);
}
