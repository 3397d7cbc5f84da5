using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using Aspire.Dashboard.Store;
using Google.Protobuf;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Primitives;

namespace Aspire.Dashboard.Otlp;

/// <summary>
/// Takes telemetry in: OTLP over gRPC and over HTTP. A gRPC call of one message each way is an HTTP/2 request with five bytes before the
/// message, so it needs no library of its own. No browser sends telemetry: a request that comes from a page is refused.
/// </summary>
internal sealed class OtlpEndpoints(OtlpDecoder decoder, Limits limits, string? apiKey) : IDisposable
{
    private const int Prefix = 5;

    private const string Json = "application/json";

    private readonly byte[]? _apiKey = apiKey is { Length: > 0 } ? Encoding.UTF8.GetBytes(apiKey) : null;
    private readonly SemaphoreSlim _turns = new(limits.RequestsAtOnce);

    public void Map(WebApplication app) => app.Run(context => (context.Request.Path.Value, context.Request.Method) switch
    {
        ("/opentelemetry.proto.collector.trace.v1.TraceService/Export", "POST") => GrpcAsync(context, Signal.Traces),
        ("/opentelemetry.proto.collector.metrics.v1.MetricsService/Export", "POST") => GrpcAsync(context, Signal.Metrics),
        ("/opentelemetry.proto.collector.logs.v1.LogsService/Export", "POST") => GrpcAsync(context, Signal.Logs),
        ("/v1/traces", "POST") => HttpAsync(context, Signal.Traces),
        ("/v1/metrics", "POST") => HttpAsync(context, Signal.Metrics),
        ("/v1/logs", "POST") => HttpAsync(context, Signal.Logs),
        ("/v1/traces" or "/v1/metrics" or "/v1/logs", _) => AnswerAsync(context, StatusCodes.Status405MethodNotAllowed, "Telemetry is sent by POST."),
        _ => AnswerAsync(context, StatusCodes.Status404NotFound, "Telemetry is sent to /v1/traces, /v1/metrics or /v1/logs, or by gRPC."),
    });

    public void Dispose() => _turns.Dispose();

    private async Task HttpAsync(HttpContext context, Signal signal)
    {
        var request = context.Request;
        var (status, message) = (0, "");
        if (request.Headers.Origin.Count > 0)
            (status, message) = (StatusCodes.Status403Forbidden, "Telemetry from a page is not taken.");
        else if (!IsKeyRight(request.Headers))
            (status, message) = (StatusCodes.Status401Unauthorized, "The header x-otlp-api-key is missing or wrong.");
        else if (MediaType(request) is Json)
            (status, message) = (StatusCodes.Status415UnsupportedMediaType, "JSON is not taken: set OTEL_EXPORTER_OTLP_PROTOCOL to http/protobuf or grpc.");
        else if (MediaType(request) is not "application/x-protobuf")
            (status, message) = (StatusCodes.Status415UnsupportedMediaType, "The content type must be application/x-protobuf.");
        else if (request.Headers.ContentEncoding.ToString() is not ("" or "gzip" or "identity"))
            (status, message) = (StatusCodes.Status415UnsupportedMediaType, "The content encoding must be gzip, identity or none.");
        if (status != 0)
        {
            await AnswerAsync(context, status, message).ConfigureAwait(false);
            return;
        }

        await _turns.WaitAsync(context.RequestAborted).ConfigureAwait(false);
        try
        {
            var body = await RequestBody.ReadAsync(request, limits.RequestBytes, context.RequestAborted).ConfigureAwait(false);
            if (request.Headers.ContentEncoding == "gzip")
                body = await RequestBody.DecompressAsync(body, limits, context.RequestAborted).ConfigureAwait(false);
            var answer = decoder.Accept(signal, body);
            context.Response.ContentType = "application/x-protobuf";
            context.Response.ContentLength = answer.Length;
            await context.Response.Body.WriteAsync(answer, context.RequestAborted).ConfigureAwait(false);
        }
        catch (OtlpLimitException exception)
        {
            await AnswerAsync(context, StatusCodes.Status413PayloadTooLarge, exception.Message).ConfigureAwait(false);
        }
        catch (Exception exception) when (exception is InvalidProtocolBufferException or InvalidDataException)
        {
            await AnswerAsync(context, StatusCodes.Status400BadRequest, $"The request is not an export of {signal}: {exception.Message}").ConfigureAwait(false);
        }
        finally
        {
            _turns.Release();
        }
    }

    private async Task GrpcAsync(HttpContext context, Signal signal)
    {
        var request = context.Request;
        if (MediaType(request) is not ("application/grpc" or "application/grpc+proto"))
        {
            await AnswerAsync(context, StatusCodes.Status415UnsupportedMediaType, "The content type must be application/grpc.").ConfigureAwait(false);
            return;
        }

        if (request.Headers.Origin.Count > 0)
        {
            Fail(context, GrpcStatus.PermissionDenied, "Telemetry from a page is not taken.");
            return;
        }

        if (!IsKeyRight(request.Headers))
        {
            Fail(context, GrpcStatus.Unauthenticated, "The header x-otlp-api-key is missing or wrong.");
            return;
        }

        await _turns.WaitAsync(context.RequestAborted).ConfigureAwait(false);
        try
        {
            var framed = await RequestBody.ReadAsync(request, limits.RequestBytes + Prefix, context.RequestAborted).ConfigureAwait(false);
            if (await UnframedAsync(context, framed).ConfigureAwait(false) is { } message)
                await AnswerAsync(context, decoder.Accept(signal, message)).ConfigureAwait(false);
        }
        catch (OtlpLimitException exception)
        {
            Fail(context, GrpcStatus.ResourceExhausted, exception.Message);
        }
        catch (Exception exception) when (exception is InvalidProtocolBufferException or InvalidDataException)
        {
            Fail(context, GrpcStatus.InvalidArgument, $"The message is not an export of {signal}: {exception.Message}");
        }
        finally
        {
            _turns.Release();
        }
    }

    /// <summary>The one message of the call; null when it has been answered with what is wrong.</summary>
    private async Task<ArraySegment<byte>?> UnframedAsync(HttpContext context, ArraySegment<byte> framed)
    {
        const byte Plain = 0, Compressed = 1;
        if (framed.Count < Prefix || BinaryPrimitives.ReadUInt32BigEndian(framed.AsSpan(1)) != (uint)(framed.Count - Prefix))
        {
            Fail(context, GrpcStatus.InvalidArgument, "The call must consist of one whole message.");
            return null;
        }

        var message = framed[Prefix..];
        switch (framed[0])
        {
            case Plain:
                return message;
            case Compressed when context.Request.Headers["grpc-encoding"] == "gzip":
                return await RequestBody.DecompressAsync(message, limits, context.RequestAborted).ConfigureAwait(false);
            default:
                context.Response.Headers["grpc-accept-encoding"] = "identity,gzip";
                Fail(context, GrpcStatus.Unimplemented, "The message must be compressed by gzip or not at all.");
                return null;
        }
    }

    private static async Task AnswerAsync(HttpContext context, byte[] message)
    {
        var framed = new byte[Prefix + message.Length];
        BinaryPrimitives.WriteUInt32BigEndian(framed.AsSpan(1), (uint)message.Length);
        message.CopyTo(framed, Prefix);
        context.Response.ContentType = "application/grpc";
        await context.Response.Body.WriteAsync(framed, context.RequestAborted).ConfigureAwait(false);
        context.Response.AppendTrailer("grpc-status", "0");
    }

    private static void Fail(HttpContext context, GrpcStatus status, string message)
    {
        // Without a body the status stands in the headers.
        context.Response.ContentType = "application/grpc";
        context.Response.Headers["grpc-status"] = ((int)status).ToString(System.Globalization.CultureInfo.InvariantCulture);
        context.Response.Headers["grpc-message"] = Uri.EscapeDataString(message);
    }

    private static Task AnswerAsync(HttpContext context, int status, string message)
    {
        context.Response.StatusCode = status;
        context.Response.ContentType = "text/plain; charset=utf-8";
        return context.Response.WriteAsync(message, context.RequestAborted);
    }

    private bool IsKeyRight(IHeaderDictionary headers)
    {
        if (_apiKey is null)
            return true;
        var given = headers["x-otlp-api-key"];
        return !StringValues.IsNullOrEmpty(given) && CryptographicOperations.FixedTimeEquals(Encoding.UTF8.GetBytes(given.ToString()), _apiKey);
    }

    private static string? MediaType(HttpRequest request) => request.ContentType?.Split(';')[0].Trim().ToLowerInvariant();

    private enum GrpcStatus
    {
        InvalidArgument = 3,
        PermissionDenied = 7,
        ResourceExhausted = 8,
        Unimplemented = 12,
        Unauthenticated = 16,
    }
}
