using System.Diagnostics;
using System.Globalization;
using System.Text;

namespace Aspire.Hosting.Orchestration;

/// <summary>
/// Finds what a child has started. By parentage, and on Linux also by a mark in the environment, which is inherited: a process whose
/// parent has gone belongs to nobody in the tree, but it still carries the mark.
/// </summary>
internal static class ProcessTree
{
    public const string Variable = "ASPIRE_ORCHESTRATION_MARK";

    /// <summary>Marks add up: what an inner AppHost starts belongs to the outer one as well.</summary>
    public static string Mark(string mark) =>
        Environment.GetEnvironmentVariable(Variable) is { Length: > 0 } outer ? $"{outer},{mark}" : mark;

    /// <summary>All living processes that carry the mark, and all descendants of the given ones.</summary>
    public static HashSet<int> Find(string mark, IEnumerable<int> roots)
    {
        var found = new HashSet<int>();
        if (!OperatingSystem.IsLinux())
        {
            // Elsewhere the root is killed together with its tree, by the runtime.
            found.UnionWith(roots.Where(IsAlive));
            return found;
        }

        var pattern = Encoding.UTF8.GetBytes(mark);
        var children = new Dictionary<int, List<int>>();
        var alive = new HashSet<int>();
        foreach (var directory in Directory.EnumerateDirectories("/proc"))
        {
            if (!int.TryParse(Path.GetFileName(directory.AsSpan()), NumberStyles.None, CultureInfo.InvariantCulture, out var id)
                || id == Environment.ProcessId || Parent(directory) is not { } parent)
                continue;
            alive.Add(id);
            if (!children.TryGetValue(parent, out var siblings))
                children.Add(parent, siblings = []);
            siblings.Add(id);
            if (CarriesMark(directory, pattern))
                found.Add(id);
        }

        var open = new Stack<int>(found.Concat(roots.Where(alive.Contains)));
        while (open.TryPop(out var id))
        {
            found.Add(id);
            foreach (var child in children.GetValueOrDefault(id) ?? [])
            {
                if (found.Add(child))
                    open.Push(child);
            }
        }

        return found;
    }

    private static bool IsAlive(int processId)
    {
        try
        {
            using var process = Process.GetProcessById(processId);
            return !process.HasExited;
        }
        catch (Exception exception) when (exception is ArgumentException or InvalidOperationException)
        {
            return false;
        }
    }

    /// <summary>Null for what has ended: gone, or a zombie that only waits to be collected.</summary>
    private static int? Parent(string directory)
    {
        if (Read(directory, "stat") is not { } stat)
            return null;
        // "id (name) state parent …"; the name may hold blanks and parentheses.
        var text = Encoding.UTF8.GetString(stat);
        var fields = text[(text.LastIndexOf(')') + 2)..].Split(' ');
        return fields[0] is "Z" or "X" ? null : int.Parse(fields[1], CultureInfo.InvariantCulture);
    }

    private static bool CarriesMark(string directory, byte[] mark) =>
        Read(directory, "environ") is { } environment && environment.AsSpan().IndexOf(mark) >= 0;

    private static byte[]? Read(string directory, string file)
    {
        try
        {
            return File.ReadAllBytes(Path.Combine(directory, file));
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // It ended meanwhile, or it is another user's: not ours.
            return null;
        }
    }
}
