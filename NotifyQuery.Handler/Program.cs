using NotifyQuery.Core.Ports;
using NotifyQuery.Core.Queries;
using NotifyQuery.Handler;
using NotifyQuery.Handler.Access;
using NotifyQuery.Handler.Document;
using NotifyQuery.Handler.Queries;
using NotifyQuery.Handler.QueryResult;
using NotifyQuery.Handler.Status;
using NotifyQuery.ServiceDefaults;
using OpenTelemetry.Trace;

if (args is [CheckAccessCommand.Command, .. var rest])
    return CheckAccessCommand.Run(rest);

var builder = WebApplication.CreateSlimBuilder(args);

// The AWS call has a span. A span for its HTTP request would be redundant.
builder.AddServiceDefaults(traces => traces.AddAWSInstrumentation(calls => calls.SuppressDownstreamInstrumentation = true));
if (builder.Environment.IsDevelopment())
    builder.AnswerToLocalNamesOnly();

// TLS is optional: Kestrel:Certificates:Default, with ASPNETCORE_HTTPS_PORTS (deploy/eks/components/tls).
builder.WebHost.UseKestrelHttpsConfiguration();

// More than the gateway's limit (10,240 bytes), even if every byte is escaped on the way: a request that passes the gateway is not refused
// here because of its size.
builder.WebHost.ConfigureKestrel(kestrel => kestrel.Limits.MaxRequestLineSize = 32 * 1024);
builder.Services.AddProblemDetails(problems => problems.CustomizeProblemDetails = AccessExtensions.Explain);
builder.Services.AddExceptionHandler<ReadFailureHandler>();
builder.Services.ConfigureHttpJsonOptions(options => QueryApiJson.Configure(options.SerializerOptions));
builder.AddAccess();
builder.AddBrowserAccess();
builder.AddApiDocument();
builder.AddReadSideStatus();

var settings = HandlerSettings.From(builder.Configuration);
builder
    .Services.AddSingleton(settings.QueryResult)
    .AddSingleton(TimeProvider.System)
    .AddSingleton(new CursorCodec(settings.CursorKey))
    .AddSingleton<QueryParser>()
    .AddLambda(settings.QueryResult.Timeout)
    .AddSingleton<INotificationReader, LambdaNotificationReader>();

var app = builder.Build();
app.UseSecurityHeaders();
app.IgnoreAcceptHeader();
app.UseNoStoreForErrors();
app.UseExceptionHandler();
app.UseStatusCodePages();
app.UseBrowserAccess();
app.UseAccess();
app.MapDefaultEndpoints();
app.MapApiDocument();
app.MapReadSideStatus();
app.MapQueries();
app.Run();
return 0;
