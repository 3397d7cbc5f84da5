using Aspire.Dashboard.Store;
using Google.Protobuf;

namespace Aspire.Dashboard.Otlp;

/// <summary>The resource of the protocol: who sends this.</summary>
internal sealed class SourceReader(DecodeContext context) : OtlpMessage
{
    private const string Unknown = "unknown_service";

    private readonly AttributeReader _attributes = new(context);

    public Source Source { get; private set; } = new(Unknown, "");

    public void Clear() => Begin();

    protected override void Begin()
    {
        _attributes.Clear();
        Source = new(Unknown, "");
    }

    protected override bool Read(uint tag, ref ParseContext input)
    {
        if (tag != (1 << 3 | Delimited))
            return false;
        _attributes.Clear();
        _attributes.Read(ref input);
        foreach (var (key, value) in _attributes.Take())
        {
            Source = key switch
            {
                "service.name" when value.Length > 0 => Source with { Name = context.Name(value) },
                "service.instance.id" => Source with { Instance = context.Name(value) },
                _ => Source,
            };
        }

        return true;
    }
}

/// <summary>The instrumentation scope, of which the name is kept.</summary>
internal sealed class ScopeReader(DecodeContext context) : OtlpMessage
{
    public string Name { get; private set; } = "";

    public void Clear() => Begin();

    protected override void Begin() => Name = "";

    protected override bool Read(uint tag, ref ParseContext input)
    {
        if (tag != (1 << 3 | Delimited))
            return false;
        Name = context.Name(input.ReadString());
        return true;
    }
}
