using Aspire.Dashboard;

try
{
    await using var dashboard = await DashboardServer.StartAsync(DashboardOptions.Read(Environment.GetEnvironmentVariable), CancellationToken.None);
    await dashboard.WaitForShutdownAsync();
    return 0;
}
catch (SettingException exception)
{
    await Console.Error.WriteLineAsync(exception.Message);
    return 1;
}
