using System.Diagnostics.CodeAnalysis;
using System.Text.Json;
using Microsoft.AspNetCore.Http;

namespace NotifyQuery.LambdaEmulator.Functions;

/// <summary>
/// Invoke of the Lambda service API. Callers get AWS's statuses and error types. AWS's own test tool has no limits, and returns 200 with an
/// empty body when no function connects.
/// </summary>
internal sealed class InvokeApi(Func<string, Function> functions, EventInvocations events, LambdaServiceOptions options)
{
    private const string Prefix = "/2015-03-31/functions/";
    private const string Suffix = "/invocations";

    private static readonly byte[] EmptyObject = "{}"u8.ToArray();

    public static bool TryMatch(string method, string path, [NotNullWhen(true)] out string? function)
    {
        function = null;
        if (
            !HttpMethods.IsPost(method)
            || path.Length <= Prefix.Length + Suffix.Length
            || !path.StartsWith(Prefix, StringComparison.Ordinal)
            || !path.EndsWith(Suffix, StringComparison.Ordinal)
        )
        {
            return false;
        }

        var identifier = path[Prefix.Length..^Suffix.Length];
        if (identifier.Contains('/'))
            return false;
        function = FunctionName.Plain(identifier);
        return true;
    }

    public async Task InvokeAsync(HttpContext context, string name)
    {
        var request = context.Request;
        var requestId = Guid.NewGuid().ToString();
        context.Response.Headers["x-amzn-RequestId"] = requestId;

        if (await RequestBody.ReadAsync(request, LambdaServiceOptions.MaxPayload, context.RequestAborted) is not { } payload)
        {
            await RefuseAsync(
                context,
                new Outcome.Refusal(
                    413,
                    "RequestEntityTooLargeException",
                    $"Request must be smaller than {LambdaServiceOptions.MaxPayload} bytes for the InvokeFunction operation"
                )
            );
            return;
        }

        if (payload.Length == 0)
            payload = EmptyObject;
        if (!IsJson(payload))
        {
            await RefuseAsync(context, Invalid("Could not parse request body into json."));
            return;
        }

        if (!TryDecode(request.Headers["X-Amz-Client-Context"], out var clientContext))
        {
            await RefuseAsync(context, Invalid("Client context must be a valid Base64-encoded JSON object."));
            return;
        }

        var function = functions(name);
        var invocation = new Invocation(
            requestId,
            payload,
            TraceId.For(request.Headers["X-Amzn-Trace-Id"], options.Time.GetUtcNow()),
            clientContext
        );
        switch (request.Headers["X-Amz-Invocation-Type"].ToString())
        {
            case "" or "RequestResponse":
                await AnswerAsync(context, await function.InvokeAsync(invocation, context.RequestAborted));
                break;
            case "Event" when events.TryAccept(function, invocation):
                context.Response.StatusCode = StatusCodes.Status202Accepted;
                break;
            case "Event":
                await RefuseAsync(context, Outcome.Refusal.Throttled(name));
                break;
            case "DryRun":
                context.Response.StatusCode = StatusCodes.Status204NoContent;
                break;
            case var type:
                await RefuseAsync(
                    context,
                    new Outcome.Refusal(
                        400,
                        "InvalidParameterValueException",
                        $"Invocation type '{type}' is none of RequestResponse, Event and DryRun."
                    )
                );
                break;
        }
    }

    private static async Task AnswerAsync(HttpContext context, Outcome outcome)
    {
        if (outcome is Outcome.Refusal refusal)
        {
            await RefuseAsync(context, refusal);
            return;
        }

        var response = context.Response;
        response.Headers["X-Amz-Executed-Version"] = "$LATEST";
        var body = outcome is Outcome.Success success ? success.Payload : default;
        if (outcome is Outcome.FunctionError error)
        {
            response.Headers["X-Amz-Function-Error"] = "Unhandled";
            body = error.Document;
        }

        response.ContentLength = body.Length;
        if (body.Length == 0)
            return;
        response.ContentType = "application/json";
        await response.Body.WriteAsync(body, context.RequestAborted);
    }

    private static async Task RefuseAsync(HttpContext context, Outcome.Refusal refusal)
    {
        context.Response.StatusCode = refusal.Status;
        context.Response.Headers["x-amzn-ErrorType"] = refusal.Type;
        context.Response.ContentType = "application/json";
        await using var writer = new Utf8JsonWriter(context.Response.BodyWriter);
        writer.WriteStartObject();
        writer.WriteString("__type", refusal.Type);
        writer.WriteString("Type", refusal.Status >= 500 ? "Service" : "User");
        writer.WriteString("message", refusal.Message);
        writer.WriteEndObject();
    }

    private static Outcome.Refusal Invalid(string message) => new(400, "InvalidRequestContentException", message);

    private static bool IsJson(ReadOnlySpan<byte> payload)
    {
        var reader = new Utf8JsonReader(payload, new JsonReaderOptions { MaxDepth = 1000 });
        try
        {
            while (reader.Read())
                ;
            return true;
        }
        catch (JsonException)
        {
            return false;
        }
    }

    // Rewritten as compact ASCII JSON, because it is passed on as a header.
    private static bool TryDecode(string? base64, out string? json)
    {
        json = null;
        if (string.IsNullOrEmpty(base64))
            return true;
        try
        {
            using var document = JsonDocument.Parse(Convert.FromBase64String(base64));
            if (document.RootElement.ValueKind != JsonValueKind.Object)
                return false;
            using var stream = new MemoryStream();
            using (var writer = new Utf8JsonWriter(stream))
                document.RootElement.WriteTo(writer);
            json = System.Text.Encoding.ASCII.GetString(stream.GetBuffer(), 0, (int)stream.Length);
            return true;
        }
        catch (Exception exception) when (exception is FormatException or JsonException)
        {
            return false;
        }
    }
}
