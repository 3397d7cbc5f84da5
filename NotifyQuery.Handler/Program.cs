using System.Text.Json;
using System.Text.Json.Serialization;
using NotifyQuery.Core.Ports;
using NotifyQuery.Core.Queries;
using NotifyQuery.Handler;
using NotifyQuery.Handler.Queries;
using NotifyQuery.ServiceDefaults;

var builder = WebApplication.CreateSlimBuilder(args);
builder.AddServiceDefaults();
builder.Services.AddProblemDetails();
builder.Services.AddExceptionHandler<ReadFailureHandler>();
builder.Services.ConfigureHttpJsonOptions(options =>
{
    options.SerializerOptions.PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower;
    options.SerializerOptions.DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull;
    options.SerializerOptions.TypeInfoResolverChain.Insert(0, QueryApiJson.Default);
});

var settings = HandlerSettings.From(builder.Configuration);
builder.Services
    .AddSingleton(settings)
    .AddSingleton(new CursorCodec(settings.CursorKey))
    .AddSingleton<QueryParser>()
    .AddLambda(settings.ReadTimeout)
    .AddSingleton<INotificationReader, LambdaNotificationReader>();

var app = builder.Build();
app.UseExceptionHandler();
app.UseStatusCodePages();
app.MapDefaultEndpoints();
app.MapQueries();
app.Run();
