using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using Google.Protobuf;

namespace Aspire.Dashboard.Otlp;

/// <summary>A value of any type, as text: a string as it is, all else as JSON would have it, bytes in base64.</summary>
internal sealed class AnyValue(DecodeContext context) : OtlpMessage
{
    private const uint StringValue = 1 << 3 | Delimited;
    private const uint BoolValue = 2 << 3 | Varint;
    private const uint IntValue = 3 << 3 | Varint;
    private const uint DoubleValue = 4 << 3 | Fixed64;
    private const uint ArrayValue = 5 << 3 | Delimited;
    private const uint ListValue = 6 << 3 | Delimited;
    private const uint BytesValue = 7 << 3 | Delimited;

    private string? _text;
    private bool _isString;

    /// <summary>Empty when there was none.</summary>
    public string Text => _text ?? "";

    public string Json => _text is null ? "null" : _isString ? Quoted(_text) : _text;

    public static string Quoted(string text) => $"\"{JsonEncodedText.Encode(text, JavaScriptEncoder.UnsafeRelaxedJsonEscaping)}\"";

    public void Clear() => Begin();

    protected override void Begin() => (_text, _isString) = (null, false);

    protected override bool Read(uint tag, ref ParseContext input)
    {
        (_text, _isString) = tag switch
        {
            StringValue => (input.ReadString(), true),
            BoolValue => (input.ReadBool() ? "true" : "false", false),
            IntValue => (input.ReadInt64().ToString(CultureInfo.InvariantCulture), false),
            DoubleValue => (input.ReadDouble().ToString("R", CultureInfo.InvariantCulture), false),
            BytesValue => (input.ReadBytes().ToBase64(), true),
            ArrayValue => (Many(new Items(context), '[', ']', ref input), false),
            ListValue => (Many(new Pairs(context), '{', '}', ref input), false),
            _ => (null, false),
        };
        return _text is not null;
    }

    private static string Many(Collection collection, char open, char close, ref ParseContext input)
    {
        input.ReadMessage(collection);
        return $"{open}{collection}{close}";
    }

    private abstract class Collection(int limit) : OtlpMessage
    {
        private readonly StringBuilder _text = new();

        public override string ToString() => _text.ToString();

        protected override void Begin() => _text.Clear();

        protected void Add(string json)
        {
            // More would be cut anyway.
            if (_text.Length > limit)
                return;
            if (_text.Length > 0)
                _text.Append(',');
            _text.Append(json);
        }
    }

    private sealed class Items(DecodeContext context) : Collection(context.Limits.ValueLength)
    {
        private readonly AnyValue _value = new(context);

        protected override bool Read(uint tag, ref ParseContext input)
        {
            if (tag != (1 << 3 | Delimited))
                return false;
            input.ReadMessage(_value);
            Add(_value.Json);
            return true;
        }
    }

    private sealed class Pairs(DecodeContext context) : Collection(context.Limits.ValueLength)
    {
        private readonly KeyValue _pair = new(context);

        protected override bool Read(uint tag, ref ParseContext input)
        {
            if (tag != (1 << 3 | Delimited))
                return false;
            input.ReadMessage(_pair);
            Add($"{Quoted(_pair.Key)}:{_pair.Value.Json}");
            return true;
        }
    }
}

internal sealed class KeyValue : OtlpMessage
{
    private const uint KeyTag = 1 << 3 | Delimited;
    private const uint ValueTag = 2 << 3 | Delimited;

    public KeyValue(DecodeContext context) => Value = new(context);

    public string Key { get; private set; } = "";

    public AnyValue Value { get; }

    protected override void Begin()
    {
        Key = "";
        Value.Clear();
    }

    protected override bool Read(uint tag, ref ParseContext input)
    {
        switch (tag)
        {
            case KeyTag:
                Key = input.ReadString();
                return true;
            case ValueTag:
                input.ReadMessage(Value);
                return true;
            default:
                return false;
        }
    }
}

/// <summary>Collects the attributes of one message after the other.</summary>
internal sealed class AttributeReader(DecodeContext context)
{
    // Made with the first attribute: a reader for each level of nesting would never end.
    private KeyValue? _pair;
    private readonly List<KeyValuePair<string, string>> _attributes = [];

    /// <summary>Of what was read since the last <see cref="Take"/>, in memory.</summary>
    public int Size { get; private set; }

    public void Read(ref ParseContext input)
    {
        _pair ??= new(context);
        input.ReadMessage(_pair);
        if (_attributes.Count >= context.Limits.Attributes)
            return;
        var value = context.Value(_pair.Value.Text);
        _attributes.Add(new(context.Name(_pair.Key), value));
        Size += 16 + 22 + 2 * value.Length;
    }

    public KeyValuePair<string, string>[] Take()
    {
        KeyValuePair<string, string>[] taken = [.. _attributes];
        Clear();
        return taken;
    }

    public void Clear()
    {
        _attributes.Clear();
        Size = 0;
    }
}
