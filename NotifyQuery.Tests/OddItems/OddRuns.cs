using System.Globalization;
using FsCheck;
using Microsoft.FSharp.Core;

namespace NotifyQuery.Tests.OddItems;

/// <summary>
/// How much the properties about odd items try. In the suite it is little; for one long run set <c>NOTIFYQUERY_ODD_BATCHES</c> (in memory),
/// <c>NOTIFYQUERY_ODD_ENGINE_BATCHES</c> (on DynamoDB Local), or <c>NOTIFYQUERY_KILLED_WRITES</c> and <c>NOTIFYQUERY_KILLS</c> (a system
/// whose processes are killed), and <c>NOTIFYQUERY_ODD_SEED</c> for others than the suite's. docs/testing.md has the commands.
/// </summary>
internal static class OddRuns
{
    /// <summary>Where the batches begin, so that a failure can be repeated.</summary>
    public static Rnd Seed => new((ulong)SeedNumber, 1);

    /// <summary>The same for what is not made by FsCheck.</summary>
    public static int SeedNumber => (int)Read("NOTIFYQUERY_ODD_SEED", 20261129);

    public static Config Config(int batches) =>
        FsCheck.Config.QuickThrowOnFailure.WithMaxTest(batches).WithReplay(new Replay(Seed, FSharpOption<int>.None));

    /// <summary>How many batches, writes or kills are tried.</summary>
    public static int Number(string variable, int inTheSuite) => (int)Read(variable, inTheSuite);

    private static long Read(string variable, long otherwise) =>
        long.TryParse(Environment.GetEnvironmentVariable(variable), NumberStyles.None, CultureInfo.InvariantCulture, out var given)
            ? given
            : otherwise;
}
