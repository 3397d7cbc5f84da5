using System.Globalization;

namespace NotifyQuery.Tests.Deploy;

/// <summary>
/// deploy/deploy.sh in a folder of its own. The programs that it calls are played: each call is noted with its arguments (and what is
/// applied to the cluster, with its text), and answered as a test says.
/// </summary>
internal sealed class DeployScript : IDisposable
{
    /// <summary>What the script only asks; everything else changes something.</summary>
    private static readonly string[] Questions =
    [
        "describe-",
        "head-",
        "list-",
        "get-",
        "kubectl kustomize",
        "kubectl -n notifyquery get",
        "dotnet msbuild",
    ];

    private static readonly string[] Programs = ["aws", "curl", "dotnet", "cfn-lint", "kubectl", "openssl", "uname", "zip"];

    private readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("notifyquery-deploy-");

    public DeployScript()
    {
        foreach (var file in Directory.EnumerateFiles(Repository.PathOf("deploy"), "*", SearchOption.AllDirectories))
        {
            var copy = PathOf(Path.GetRelativePath(Repository.Folder, file));
            Directory.CreateDirectory(Path.GetDirectoryName(copy)!);
            File.Copy(file, copy);
        }

        Directory.CreateDirectory(PathOf("bin"));
        foreach (var program in Programs)
        {
            File.WriteAllText(
                PathOf($"bin/{program}"),
                """
                #!/bin/bash
                call="${0##*/} $*"
                echo "$call" >>"$PLAY/calls"
                case $call in *"apply -f -") cat >>"$PLAY/applied" ;; esac
                . "$PLAY/answers"
                """
            );
            if (!OperatingSystem.IsWindows())
                File.SetUnixFileMode(PathOf($"bin/{program}"), UnixFileMode.UserRead | UnixFileMode.UserExecute);
        }

        File.WriteAllText(PathOf("functions.zip"), "a zip");
    }

    /// <summary>Variables of the shell beside those that every run has.</summary>
    public Dictionary<string, string> Environment { get; } = [];

    /// <summary>What the person at the terminal types.</summary>
    public string Input { get; set; } = "";

    /// <summary>All calls so far, each as it was typed.</summary>
    public IReadOnlyList<string> Calls => File.Exists(PathOf("calls")) ? File.ReadAllLines(PathOf("calls")) : [];

    /// <summary>The calls that change something.</summary>
    public IReadOnlyList<string> Changes =>
        [
            .. Calls.Where(call =>
                !Questions.Any(question => call.Contains(question, StringComparison.Ordinal))
                && !call.StartsWith("uname", StringComparison.Ordinal)
                && !call.StartsWith("curl", StringComparison.Ordinal)
            ),
        ];

    /// <summary>What was applied to the cluster.</summary>
    public string Applied => File.ReadAllText(PathOf("applied"));

    public string PathOf(string relative) => Path.Combine(folder.FullName, relative);

    /// <summary>Runs a command of the script.</summary>
    /// <param name="answers">
    /// Lines of <c>case "$call"</c>: what a program answers. One that is not named answers nothing and succeeds.
    /// </param>
    /// <param name="arguments">The command.</param>
    public Task<CommandResult> RunAsync(string answers, params string[] arguments)
    {
        File.WriteAllText(PathOf("answers"), $"case \"$call\" in\n{answers}\nesac\n");
        File.Delete(PathOf("calls"));
        File.Delete(PathOf("applied"));
        var environment = new Dictionary<string, string>
        {
            ["PLAY"] = folder.FullName,
            ["PLAY_INPUT"] = Input,
            ["PATH"] = string.Create(CultureInfo.InvariantCulture, $"{PathOf("bin")}:{System.Environment.GetEnvironmentVariable("PATH")}"),
            ["NOTIFYQUERY_ZIP"] = PathOf("functions.zip"),
            ["NOTIFYQUERY_BUCKET"] = "zips",
            ["NOTIFYQUERY_STACK"] = "nq",
            ["NOTIFYQUERY_ARCH"] = "arm64",
            ["NOTIFYQUERY_SMOKE"] = "1",
            ["NOTIFYQUERY_TOKEN"] = "a token",
            ["AWS_REGION"] = "us-east-1",
        };
        foreach (var (name, value) in Environment)
            environment[name] = value;
        return Repository.RunAsync(
            "bash",
            ["-c", """bash "$0" "$@" <<<"$PLAY_INPUT" """, PathOf("deploy/deploy.sh"), .. arguments],
            environment
        );
    }

    /// <summary>From here on a program is not installed; of the others only those that the script needs are.</summary>
    public void Uninstall(string program)
    {
        string[] needed =
        [
            "awk",
            "base64",
            "basename",
            "bash",
            "cat",
            "cut",
            "dirname",
            "echo",
            "env",
            "grep",
            "head",
            "jq",
            "mkdir",
            "mktemp",
            "od",
            "rm",
            "sed",
            "sha256sum",
            "tail",
            "touch",
            "tr",
            "wc",
            "xargs",
        ];
        Directory.CreateDirectory(PathOf("system"));
        var folders = System.Environment.GetEnvironmentVariable("PATH")!.Split(':');
        foreach (var name in needed.Where(name => name != program))
            File.CreateSymbolicLink(PathOf($"system/{name}"), folders.Select(folder => Path.Combine(folder, name)).First(File.Exists));
        File.Delete(PathOf($"bin/{program}"));
        Environment["PATH"] = $"{PathOf("bin")}:{PathOf("system")}";
    }

    public void Dispose() => folder.Delete(recursive: true);
}
