#nullable enable
using System.Globalization;
using System.Text;
using Amazon.Lambda.Core;

namespace Amazon.Lambda.RuntimeSupport.Logging;

/// <summary>The console of a function. Whole lines go through the logger, parts of lines are written unchanged.</summary>
internal sealed class ConsoleWriter(RuntimeLogger logger, TextWriter raw, LogLevel level) : TextWriter(CultureInfo.InvariantCulture)
{
    public override Encoding Encoding => raw.Encoding;

    public override void Write(char value) => raw.Write(value);

    public override void Write(string? value) => raw.Write(value);

    public override void Write(char[] buffer, int index, int count) => raw.Write(buffer, index, count);

    public override void Flush() => raw.Flush();

    public override void WriteLine() => Line("");

    public override void WriteLine(string? value) => Line(value);

    public override void WriteLine(object? value) => Line(MessageTemplate.Text(value, null));

    public override void WriteLine(char value) => Line(value.ToString());

    public override void WriteLine(bool value) => Line(value.ToString());

    public override void WriteLine(int value) => Line(value.ToString(FormatProvider));

    public override void WriteLine(uint value) => Line(value.ToString(FormatProvider));

    public override void WriteLine(long value) => Line(value.ToString(FormatProvider));

    public override void WriteLine(ulong value) => Line(value.ToString(FormatProvider));

    public override void WriteLine(float value) => Line(value.ToString(FormatProvider));

    public override void WriteLine(double value) => Line(value.ToString(FormatProvider));

    public override void WriteLine(decimal value) => Line(value.ToString(FormatProvider));

    public override void WriteLine(ReadOnlySpan<char> buffer) => Line(buffer.ToString());

    public override void WriteLine(char[] buffer, int index, int count) => Line(new string(buffer, index, count));

    public override void WriteLine(StringBuilder? value) => Line(value?.ToString());

    private void Line(string? text) => logger.Write(level, null, text, null);
}
