#nullable enable
using System.Buffers;
using System.Diagnostics;
using System.Text;
using System.Text.Json;

namespace Amazon.Lambda.RuntimeSupport.Client;

/// <summary>An exception in the form of the runtime API: the error document, and X-Ray's one-line cause.</summary>
internal static class ExceptionJson
{
    private const int LargestError = 256 * 1024;

    private static readonly byte[] TooLarge = """{"errorMessage": "Exception exceeded maximum payload size of 256KB."}"""u8.ToArray();

    public static byte[] Write(Exception exception)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var writer = new Utf8JsonWriter(buffer, new JsonWriterOptions { Indented = true, MaxDepth = int.MaxValue }))
            WriteError(writer, exception);
        return buffer.WrittenCount > LargestError ? TooLarge : buffer.WrittenSpan.ToArray();
    }

    public static string WriteXRayCause(Exception exception)
    {
        var buffer = new ArrayBufferWriter<byte>();
        var frames = new StackTrace(exception, fNeedFileInfo: true).GetFrames();
        using (var writer = new Utf8JsonWriter(buffer))
        {
            writer.WriteStartObject();
            writer.WriteString("working_directory", Environment.CurrentDirectory);
            writer.WriteStartArray("exceptions");
            writer.WriteStartObject();
            writer.WriteString("type", exception.GetType().Name);
            writer.WriteString("message", exception.Message);
            writer.WriteStartArray("stack");
            foreach (var frame in frames)
            {
                var method = DiagnosticMethodInfo.Create(frame);
                writer.WriteStartObject();
                writer.WriteString("path", frame.GetFileName());
                writer.WriteString("label", method is null ? null : $"{method.DeclaringTypeName}.{method.Name}");
                writer.WriteNumber("line", frame.GetFileLineNumber());
                writer.WriteEndObject();
            }

            writer.WriteEndArray();
            writer.WriteEndObject();
            writer.WriteEndArray();
            writer.WriteStartArray("paths");
            foreach (var path in frames.Select(f => f.GetFileName()).OfType<string>().Distinct())
                writer.WriteStringValue(path);
            writer.WriteEndArray();
            writer.WriteEndObject();
        }

        return Encoding.UTF8.GetString(buffer.WrittenSpan);
    }

    private static void WriteError(Utf8JsonWriter writer, Exception exception)
    {
        writer.WriteStartObject();
        writer.WriteString("errorType", exception.GetType().Name);
        writer.WriteString("errorMessage", exception.Message.Trim());
        if (exception.StackTrace is { } trace)
        {
            writer.WriteStartArray("stackTrace");
            foreach (var line in trace.Split('\n', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
                writer.WriteStringValue(line);
            writer.WriteEndArray();
        }

        if (exception.InnerException is { } inner)
        {
            writer.WritePropertyName("cause");
            WriteError(writer, inner);
        }

        if (exception is AggregateException several)
        {
            writer.WriteStartArray("causes");
            foreach (var one in several.InnerExceptions)
                WriteError(writer, one);
            writer.WriteEndArray();
        }

        writer.WriteEndObject();
    }
}
