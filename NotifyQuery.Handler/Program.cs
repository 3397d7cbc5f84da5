using NotifyQuery.Core.Ports;
using NotifyQuery.Core.Queries;
using NotifyQuery.Handler;
using NotifyQuery.Handler.Queries;
using NotifyQuery.ServiceDefaults;

var builder = WebApplication.CreateSlimBuilder(args);
builder.AddServiceDefaults();
// More than the gateway takes (10,240 bytes), even if each of them is escaped on the way: what passes there is not refused here for its size.
builder.WebHost.ConfigureKestrel(kestrel => kestrel.Limits.MaxRequestLineSize = 32 * 1024);
builder.Services.AddProblemDetails();
builder.Services.AddExceptionHandler<ReadFailureHandler>();
builder.Services.ConfigureHttpJsonOptions(options => options.SerializerOptions.TypeInfoResolverChain.Insert(0, QueryApiJson.Default));

var settings = HandlerSettings.From(builder.Configuration);
builder.Services
    .AddSingleton(settings.QueryResult)
    .AddSingleton(TimeProvider.System)
    .AddSingleton(new CursorCodec(settings.CursorKey))
    .AddSingleton<QueryParser>()
    .AddLambda(settings.QueryResult.Timeout)
    .AddSingleton<INotificationReader, LambdaNotificationReader>();

var app = builder.Build();
app.Use((http, next) =>
{
    // There is one representation of each answer: who accepts only others still learns what is wrong, as problem+json.
    http.Request.Headers.Accept = default;
    return next(http);
});
app.UseExceptionHandler();
app.UseStatusCodePages();
app.MapDefaultEndpoints();
app.MapQueries();
app.Run();
