using Aspire.Dashboard.Store;
using Google.Protobuf;

namespace Aspire.Dashboard.Otlp;

internal enum Signal
{
    Traces,
    Metrics,
    Logs,
}

/// <summary>Reads an export request into the store, and makes the answer.</summary>
internal sealed class OtlpDecoder(TelemetryStore store)
{
    /// <exception cref="InvalidProtocolBufferException">It is no such request.</exception>
    /// <exception cref="OtlpLimitException">It is too much at once.</exception>
    public byte[] Accept(Signal signal, ReadOnlySpan<byte> message)
    {
        var context = new DecodeContext(store.Limits, store.Pool);
        switch (signal)
        {
            case Signal.Traces:
                store.Add(Items(new SpanReader(context), message));
                store.Spans.CountDropped(context.Rejected);
                break;
            case Signal.Metrics:
                store.Metrics.Add(Items(new MetricReader(context), message));
                store.Metrics.CountDropped(context.Rejected);
                break;
            case Signal.Logs:
                store.Logs.Add(Items(new LogRecordReader(context), message));
                store.Logs.CountDropped(context.Rejected);
                break;
        }

        return Answer(context);

        List<T> Items<T>(ItemReader<T> reader, ReadOnlySpan<byte> bytes)
            where T : TelemetryItem
        {
            var request = new ExportRequest<T>(context, reader);
            request.MergeFrom(bytes);
            return request.Items;
        }
    }

    /// <summary>Empty for a full success; else how many items were refused, and why. The three signals have the same form.</summary>
    private static byte[] Answer(DecodeContext context)
    {
        if (context.Rejected == 0)
            return [];
        var partial = Written(output =>
        {
            output.WriteTag(1, WireFormat.WireType.Varint);
            output.WriteInt64(context.Rejected);
            output.WriteTag(2, WireFormat.WireType.LengthDelimited);
            output.WriteString(context.Reason ?? "");
        });
        return Written(output =>
        {
            output.WriteTag(1, WireFormat.WireType.LengthDelimited);
            output.WriteBytes(ByteString.CopyFrom(partial));
        });
    }

    private static byte[] Written(Action<CodedOutputStream> write)
    {
        using var bytes = new MemoryStream();
        using (var output = new CodedOutputStream(bytes, leaveOpen: true))
            write(output);
        return bytes.ToArray();
    }
}
