using System.IO.Compression;
using System.Runtime.InteropServices;
using CliWrap;
using CliWrap.Buffered;

namespace NotifyQuery.Benchmarks.Running;

/// <summary>The functions' executable as it is deployed to Lambda.</summary>
/// <param name="Name">The kind of build.</param>
/// <param name="Command">The command that starts it.</param>
/// <param name="ZippedBytes">The size of the deployment package.</param>
/// <param name="Warnings">The trim and AOT warnings of the build.</param>
internal sealed record PublishedFunctions(string Name, IReadOnlyList<string> Command, long ZippedBytes, int Warnings)
{
    /// <summary>Compiled natively into a single executable, as deploy.sh does.</summary>
    public static Task<PublishedFunctions> NativeAsync(string folder, CancellationToken cancellationToken) =>
        PublishAsync(
            "Native AOT",
            folder,
            [],
            [Path.Combine(folder, "NotifyQuery.Lambdas")],
            file => Path.GetFileName(file) == "NotifyQuery.Lambdas",
            cancellationToken
        );

    /// <summary>Compiled at run time, for Lambda's own .NET runtime.</summary>
    public static Task<PublishedFunctions> JustInTimeAsync(string folder, CancellationToken cancellationToken) =>
        PublishAsync(
            "JIT",
            folder,
            ["-p:PublishAot=false", "--self-contained", "false"],
            ["dotnet", Path.Combine(folder, "NotifyQuery.Lambdas.dll")],
            file => Path.GetExtension(file) is not (".pdb" or ".xml"),
            cancellationToken
        );

    private static async Task<PublishedFunctions> PublishAsync(
        string name,
        string folder,
        string[] options,
        string[] command,
        Func<string, bool> belongs,
        CancellationToken cancellationToken
    )
    {
        var publish = await Cli.Wrap("dotnet")
            .WithArguments([
                "publish",
                Repository.PathOf("NotifyQuery.Lambdas"),
                "--configuration",
                "Release",
                "--runtime",
                RuntimeInformation.RuntimeIdentifier,
                "--output",
                folder,
                "--nologo",
                .. options,
            ])
            .WithWorkingDirectory(Repository.Folder)
            .WithValidation(CommandResultValidation.None)
            .ExecuteBufferedAsync(cancellationToken);
        var output = publish.StandardOutput;
        if (!publish.IsSuccess)
            throw new InvalidOperationException($"the {name} build failed:\n{output}");

        var zip = folder + ".zip";
        await using (var file = File.Create(zip))
        await using (
            var archive = await ZipArchive.CreateAsync(
                file,
                ZipArchiveMode.Create,
                leaveOpen: false,
                entryNameEncoding: null,
                cancellationToken
            )
        )
        {
            foreach (var path in Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories).Where(belongs))
                await archive.CreateEntryFromFileAsync(
                    path,
                    Path.GetRelativePath(folder, path),
                    CompressionLevel.SmallestSize,
                    cancellationToken
                );
        }

        return new(
            name,
            command,
            new FileInfo(zip).Length,
            output
                .Split('\n')
                .Count(line =>
                    line.Contains(": warning ", StringComparison.Ordinal) || line.Contains("warning IL", StringComparison.Ordinal)
                )
        );
    }
}
