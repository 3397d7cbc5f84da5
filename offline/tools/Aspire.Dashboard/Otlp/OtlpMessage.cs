using Google.Protobuf;
using Google.Protobuf.Reflection;

namespace Aspire.Dashboard.Otlp;

/// <summary>
/// A message of the OpenTelemetry protocol that is only read, straight into what is kept of it. The parser of Google.Protobuf does the
/// rest: lengths, limits, depth, malformed input. An instance may read many messages, one after the other.
/// </summary>
internal abstract class OtlpMessage : IBufferMessage
{
    // Wire types, for the tags: field number << 3 | wire type.
    protected const uint Varint = 0;
    protected const uint Fixed64 = 1;
    protected const uint Delimited = 2;

    public MessageDescriptor Descriptor => throw new NotSupportedException("Not described: the message is only read.");

    public void InternalMergeFrom(ref ParseContext ctx)
    {
        const uint EndOfGroup = 4;
        Begin();
        while (ctx.ReadTag() is var tag and not 0)
        {
            // The end of a group that never began: what follows is no message, and the parser will say so.
            if ((tag & 7) == EndOfGroup)
                return;
            if (!Read(tag, ref ctx))
                UnknownFieldSet.MergeFieldFrom(null, ref ctx);
        }
    }

    public void MergeFrom(CodedInputStream input) => input.ReadRawMessage(this);

    public void WriteTo(CodedOutputStream output) => throw new NotSupportedException("The message is only read.");

    public int CalculateSize() => throw new NotSupportedException("The message is only read.");

    public void InternalWriteTo(ref WriteContext ctx) => throw new NotSupportedException("The message is only read.");

    /// <summary>Forgets the message read before.</summary>
    protected abstract void Begin();

    /// <summary>Reads one field; false when it is not one of those that matter.</summary>
    protected abstract bool Read(uint tag, ref ParseContext input);
}
