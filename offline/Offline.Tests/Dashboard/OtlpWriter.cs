using Google.Protobuf;

namespace Offline.Tests.Dashboard;

/// <summary>Writes messages of the OpenTelemetry protocol, field by field.</summary>
internal sealed class OtlpWriter
{
    private readonly MemoryStream _bytes = new();
    private readonly CodedOutputStream _output;

    private OtlpWriter() => _output = new(_bytes, leaveOpen: true);

    public static byte[] Message(Action<OtlpWriter> write)
    {
        var writer = new OtlpWriter();
        write(writer);
        writer._output.Flush();
        return writer._bytes.ToArray();
    }

    /// <summary>An export of one resource and one scope: all three signals have the same two levels.</summary>
    public static byte[] Export(string service, string scope, params IEnumerable<byte[]> items) => Message(request => request.Bytes(1, Message(resource =>
    {
        resource.Bytes(1, Message(r => r.Attribute(1, "service.name", service).Attribute(1, "service.instance.id", "abc")));
        resource.Bytes(2, Message(s =>
        {
            s.Bytes(1, Message(name => name.Text(1, scope)));
            foreach (var item in items)
                s.Bytes(2, item);
        }));
    })));

    public static byte[] Span(byte[] traceId, byte[] spanId, byte[]? parentId, string name, ulong start, ulong end, Action<OtlpWriter>? more = null) => Message(span =>
    {
        span.Bytes(1, traceId).Bytes(2, spanId).Text(5, name).Number(6, 2).Fixed64(7, start).Fixed64(8, end);
        if (parentId is not null)
            span.Bytes(4, parentId);
        more?.Invoke(span);
    });

    public OtlpWriter Text(int field, string value)
    {
        _output.WriteTag(field, WireFormat.WireType.LengthDelimited);
        _output.WriteString(value);
        return this;
    }

    public OtlpWriter Bytes(int field, byte[] value)
    {
        _output.WriteTag(field, WireFormat.WireType.LengthDelimited);
        _output.WriteBytes(ByteString.CopyFrom(value));
        return this;
    }

    public OtlpWriter Number(int field, ulong value)
    {
        _output.WriteTag(field, WireFormat.WireType.Varint);
        _output.WriteUInt64(value);
        return this;
    }

    public OtlpWriter Signed(int field, int value)
    {
        _output.WriteTag(field, WireFormat.WireType.Varint);
        _output.WriteSInt32(value);
        return this;
    }

    public OtlpWriter Fixed64(int field, ulong value)
    {
        _output.WriteTag(field, WireFormat.WireType.Fixed64);
        _output.WriteFixed64(value);
        return this;
    }

    public OtlpWriter Double(int field, double value)
    {
        _output.WriteTag(field, WireFormat.WireType.Fixed64);
        _output.WriteDouble(value);
        return this;
    }

    public OtlpWriter PackedFixed64(int field, params ulong[] values) => Bytes(field, [.. values.SelectMany(BitConverter.GetBytes)]);

    public OtlpWriter PackedDouble(int field, params double[] values) => Bytes(field, [.. values.SelectMany(BitConverter.GetBytes)]);

    public OtlpWriter PackedNumber(int field, params ulong[] values) => Bytes(field, Raw(output =>
    {
        foreach (var value in values)
            output.WriteUInt64(value);
    }));

    public OtlpWriter Attribute(int field, string key, string value) =>
        Bytes(field, Message(pair => pair.Text(1, key).Bytes(2, Message(any => any.Text(1, value)))));

    private static byte[] Raw(Action<CodedOutputStream> write)
    {
        using var bytes = new MemoryStream();
        using (var output = new CodedOutputStream(bytes, leaveOpen: true))
            write(output);
        return bytes.ToArray();
    }
}
