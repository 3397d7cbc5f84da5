using System.Runtime.InteropServices;
using Aspire.Hosting.Orchestration;

// Started by an AppHost, as: Aspire.Hosting.Orchestration <session>. Standard input is its lifeline: when it ends, however the AppHost
// ended, everything that was started here is killed. Signals are ignored until then: the terminal sends them to the AppHost, and it is
// the AppHost that decides in which order its resources stop.
if (args is not [{ Length: > 0 } sessionId])
{
    await Console.Error.WriteLineAsync("This process is started by an AppHost, with the id of its session as the argument.");
    return 2;
}

// A resource's command is looked up in PATH only, not in the folder from which the AppHost happened to be started.
Environment.CurrentDirectory = AppContext.BaseDirectory;
Native.LeaveTerminal();
using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, static context => context.Cancel = true);
using var terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, static context => context.Cancel = true);
using var hangUp = PosixSignalRegistration.Create(PosixSignal.SIGHUP, static context => context.Cancel = true);

await using var output = new NoticeWriter(Console.OpenStandardOutput());
var session = new Session(sessionId, output);
await session.RunAsync(Console.OpenStandardInput());
return 0;
