using Google.Protobuf;

namespace NotifyQuery.Tests.Support;

/// <summary>An exported span.</summary>
/// <param name="Service">The resource's <c>service.name</c>.</param>
/// <param name="Kind">2 is a server, 3 a client, 4 a producer, 5 a consumer.</param>
/// <param name="IsError">Whether its status is an error.</param>
public sealed record OtlpSpan(
    string Service,
    IReadOnlyDictionary<string, object?> Resource,
    string TraceId,
    string SpanId,
    string? ParentSpanId,
    string Name,
    int Kind,
    ulong Started,
    ulong Ended,
    IReadOnlyDictionary<string, object?> Attributes,
    bool IsError,
    IReadOnlyList<OtlpEvent> Events,
    IReadOnlyList<OtlpLink> Links
)
{
    public override string ToString() => $"{Service}: {Name} ({SpanId} below {ParentSpanId ?? "nothing"})";
}

/// <summary>An event of a span.</summary>
public sealed record OtlpEvent(string Name, IReadOnlyDictionary<string, object?> Attributes);

/// <summary>A link from a span to another span.</summary>
public sealed record OtlpLink(string TraceId, string SpanId);

/// <summary>An exported log record.</summary>
public sealed record OtlpLog(string Service, string Body, string? TraceId, string? SpanId);

/// <summary>An exported measurement: the value of a number, or the count of a histogram.</summary>
public sealed record OtlpPoint(string Service, string Metric, IReadOnlyDictionary<string, object?> Attributes, double Value);

/// <summary>Reads OTLP messages by field number. Unknown fields are ignored.</summary>
public static class OtlpMessages
{
    public static IEnumerable<OtlpSpan> Spans(ByteString request) =>
        from part in Parts(request)
        from span in part.Scope.Messages(2)
        select new OtlpSpan(
            part.Service,
            part.Resource,
            span.Hex(1)!,
            span.Hex(2)!,
            span.Hex(4),
            span.Text(5),
            (int)span.Number(6),
            span.Number(7),
            span.Number(8),
            Attributes(span, 9),
            span.Messages(15).Any(status => status.Number(3) == 2),
            [.. span.Messages(11).Select(happened => new OtlpEvent(happened.Text(2), Attributes(happened, 3)))],
            [.. span.Messages(13).Select(link => new OtlpLink(link.Hex(1)!, link.Hex(2)!))]
        );

    public static IEnumerable<OtlpLog> Logs(ByteString request) =>
        from part in Parts(request)
        from log in part.Scope.Messages(2)
        select new OtlpLog(part.Service, log.Messages(5).Select(Value).FirstOrDefault()?.ToString() ?? "", log.Hex(9), log.Hex(10));

    public static IEnumerable<OtlpPoint> Points(ByteString request) =>
        from part in Parts(request)
        from metric in part.Scope.Messages(2)
        from data in metric
            .Messages(5)
            .Concat(metric.Messages(7))
            .Select(data => (Data: data, IsHistogram: false))
            .Concat(metric.Messages(9).Select(data => (Data: data, IsHistogram: true)))
        from point in data.Data.Messages(1)
        select new OtlpPoint(
            part.Service,
            metric.Text(1),
            Attributes(point, data.IsHistogram ? 9 : 7),
            data.IsHistogram || point.Has(6) ? point.Number(data.IsHistogram ? 4 : 6) : BitConverter.UInt64BitsToDouble(point.Number(4))
        );

    // All three signals have a resource with scopes, which contain the data.
    private static IEnumerable<(string Service, IReadOnlyDictionary<string, object?> Resource, Message Scope)> Parts(ByteString request) =>
        from part in new Message(request).Messages(1)
        let resource = part.Messages(1).Select(message => Attributes(message, 1)).FirstOrDefault() ?? []
        from scope in part.Messages(2)
        select (resource.GetValueOrDefault("service.name") as string ?? "", (IReadOnlyDictionary<string, object?>)resource, scope);

    private static Dictionary<string, object?> Attributes(Message message, int field)
    {
        var attributes = new Dictionary<string, object?>();
        foreach (var pair in message.Messages(field))
            attributes[pair.Text(1)] = pair.Messages(2).Select(Value).FirstOrDefault();
        return attributes;
    }

    private static object? Value(Message value) =>
        value.Has(1) ? value.Text(1)
        : value.Has(2) ? value.Number(2) == 1
        : value.Has(3) ? (long)value.Number(3)
        : value.Has(4) ? BitConverter.UInt64BitsToDouble(value.Number(4))
        : value.Has(5) ? string.Join(", ", value.Messages(5).SelectMany(list => list.Messages(1)).Select(Value))
        : null;

    /// <summary>The fields of a message: numbers of any width, or bytes.</summary>
    private sealed class Message
    {
        private readonly List<(int Field, ulong Number, ByteString? Bytes)> fields = [];

        public Message(ByteString bytes)
        {
            var input = bytes.CreateCodedInput();
            while (input.ReadTag() is var tag and not 0)
            {
                var field = WireFormat.GetTagFieldNumber(tag);
                fields.Add(
                    WireFormat.GetTagWireType(tag) switch
                    {
                        WireFormat.WireType.Varint => (field, input.ReadUInt64(), null),
                        WireFormat.WireType.Fixed64 => (field, input.ReadFixed64(), null),
                        WireFormat.WireType.Fixed32 => (field, input.ReadFixed32(), null),
                        WireFormat.WireType.LengthDelimited => (field, 0, input.ReadBytes()),
                        var type => throw new InvalidDataException($"field {field} has wire type {type}"),
                    }
                );
            }
        }

        public bool Has(int field) => fields.Exists(known => known.Field == field);

        public ulong Number(int field) => fields.Find(known => known.Field == field).Number;

        public string Text(int field) => fields.Find(known => known.Field == field).Bytes?.ToStringUtf8() ?? "";

        public string? Hex(int field) =>
            fields.Find(known => known.Field == field).Bytes is { IsEmpty: false } bytes ? Convert.ToHexStringLower(bytes.Span) : null;

        public IEnumerable<Message> Messages(int field) =>
            fields.Where(known => known.Field == field).Select(known => new Message(known.Bytes!));
    }
}
