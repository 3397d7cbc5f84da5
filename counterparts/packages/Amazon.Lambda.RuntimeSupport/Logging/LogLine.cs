#nullable enable
using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using Amazon.Lambda.Core;
using Amazon.Lambda.RuntimeSupport.Client;

namespace Amazon.Lambda.RuntimeSupport.Logging;

internal enum LogFormat
{
    Default,
    Json,
    Unformatted,
}

/// <summary>One line of a function's log, in each of Lambda's formats.</summary>
internal sealed record LogLine(DateTime Time, LambdaContext? Invocation, LogLevel Level, Exception? Exception, MessageTemplate Message)
{
    // People read log lines, so only what JSON requires is escaped.
    private static readonly JsonWriterOptions Readable = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private string Timestamp => Time.ToString("yyyy-MM-ddTHH:mm:ss.fff'Z'", CultureInfo.InvariantCulture);

    private string Label =>
        Level switch
        {
            LogLevel.Trace => "trce",
            LogLevel.Debug => "dbug",
            LogLevel.Information => "info",
            LogLevel.Warning => "warn",
            LogLevel.Error => "fail",
            _ => "crit",
        };

    public string Format(LogFormat format) =>
        format switch
        {
            LogFormat.Json => Json(),
            LogFormat.Unformatted => Text(),
            _ => $"{Timestamp}\t{Invocation?.AwsRequestId}\t{Label}\t{Text()}",
        };

    private string Text() => Exception is null ? Message.Render() : $"{Message.Render()}\n{Exception}";

    private string Json()
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var writer = new Utf8JsonWriter(buffer, Readable))
        {
            writer.WriteStartObject();
            writer.WriteString("timestamp", Timestamp);
            writer.WriteString("level", Level.ToString());
            writer.WriteString("requestId", Invocation?.AwsRequestId);
            if (Invocation is { TenantId.Length: > 0 })
                writer.WriteString("tenantId", Invocation.TenantId);
            if (Invocation is { TraceId.Length: > 0 })
                writer.WriteString("traceId", Invocation.TraceId);
            writer.WriteString("message", Message.Render());
            foreach (var (name, value) in Message.Values())
                WriteProperty(writer, name, value);
            if (Exception is not null)
                WriteException(writer, Exception);
            writer.WriteEndObject();
        }

        return Encoding.UTF8.GetString(buffer.WrittenSpan);
    }

    private static void WriteException(Utf8JsonWriter writer, Exception exception)
    {
        writer.WriteString("errorType", exception.GetType().FullName);
        writer.WriteString("errorMessage", exception.Message);
        writer.WriteStartArray("stackTrace");
        foreach (var line in exception.ToString().Split('\n', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
            writer.WriteStringValue(line);
        writer.WriteEndArray();
    }

    private static void WriteProperty(Utf8JsonWriter writer, string name, object? value)
    {
        switch (value)
        {
            case null:
                break;
            case bool flag:
                writer.WriteBoolean(name, flag);
                break;
            case int or long or short or byte or sbyte or ushort or uint:
                writer.WriteNumber(name, Convert.ToInt64(value, CultureInfo.InvariantCulture));
                break;
            case double number when double.IsFinite(number):
                writer.WriteNumber(name, number);
                break;
            case float number when float.IsFinite(number):
                writer.WriteNumber(name, number);
                break;
            case decimal number:
                writer.WriteNumber(name, number);
                break;
            default:
                writer.WriteString(name, MessageTemplate.Text(value, null));
                break;
        }
    }
}
