// Answers with what it was started with.
var app = WebApplication.CreateSlimBuilder(args).Build();
app.MapGet("/health", () => "healthy");
app.MapGet("/env/{name}", (string name) => Environment.GetEnvironmentVariable(name) ?? "(not set)");
app.MapGet("/args", () => string.Join('|', args));
app.MapGet("/directory", () => Environment.CurrentDirectory);
app.Run();
