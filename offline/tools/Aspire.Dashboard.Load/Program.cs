using System.Globalization;
using Aspire.Dashboard.Load;

if (LoadOptions.Parse(args) is not { } options)
{
    await Console.Error.WriteLineAsync(LoadOptions.Usage);
    return 2;
}

using var own = options.Endpoint is null ? await OwnDashboard.StartAsync() : null;
using var watched = Usage.Of(own?.ProcessId ?? options.ProcessId);
var sender = new Sender(own?.Receiver ?? options.Endpoint!, own?.ApiKey ?? options.ApiKey, options);
var result = await sender.RunAsync(CancellationToken.None);
Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
    $"sent {result.Spans} spans in {result.Elapsed.TotalSeconds:F1} s ({result.Spans / result.Elapsed.TotalSeconds:F0} each second), {result.Failed} requests failed"));
Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"a request of {result.SpansPerRequest} spans: p50 {result.P50:F1} ms, p99 {result.P99:F1} ms"));
if (watched is not null)
{
    var used = watched.Read();
    Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"the dashboard: {used.CpuPercent:F1} % of one core, {used.PeakMegabytes:F0} MB at most, {used.Megabytes:F0} MB now"));
}

return result.Failed == 0 ? 0 : 1;
