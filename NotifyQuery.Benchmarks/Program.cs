using System.CommandLine;
using System.Globalization;
using NotifyQuery.Benchmarks;
using NotifyQuery.Benchmarks.Admission;
using NotifyQuery.Benchmarks.Micro;

CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;
var root = new RootCommand(
    "NotifyQuery's benchmarks. Exit codes: 0 all ran, 1 one failed, 130 stopped by Ctrl-C. A missed target is not an error: the page "
        + "shows it."
)
{
    AllCommand.Create(),
    SystemCommand.Create(),
    MicroCommand.Create(),
    AdmissionCommand.Create(),
};
return await root.Parse(args).InvokeAsync(new() { ProcessTerminationTimeout = TimeSpan.FromSeconds(30) });
