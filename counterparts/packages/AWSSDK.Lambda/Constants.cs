using Amazon.Runtime;

namespace Amazon.Lambda;

public class ApplicationLogLevel(string value) : ConstantClass(value)
{
    public static readonly ApplicationLogLevel DEBUG = new("DEBUG");
    public static readonly ApplicationLogLevel ERROR = new("ERROR");
    public static readonly ApplicationLogLevel FATAL = new("FATAL");
    public static readonly ApplicationLogLevel INFO = new("INFO");
    public static readonly ApplicationLogLevel TRACE = new("TRACE");
    public static readonly ApplicationLogLevel WARN = new("WARN");

    public static ApplicationLogLevel FindValue(string value) => FindValue<ApplicationLogLevel>(value);

    public static implicit operator ApplicationLogLevel(string value) => FindValue(value);
}

public class InvocationType(string value) : ConstantClass(value)
{
    public static readonly InvocationType DryRun = new("DryRun");
    public static readonly InvocationType Event = new("Event");
    public static readonly InvocationType RequestResponse = new("RequestResponse");

    public static InvocationType FindValue(string value) => FindValue<InvocationType>(value);

    public static implicit operator InvocationType(string value) => FindValue(value);
}

public class LogFormat(string value) : ConstantClass(value)
{
    public static readonly LogFormat JSON = new("JSON");
    public static readonly LogFormat Text = new("Text");

    public static LogFormat FindValue(string value) => FindValue<LogFormat>(value);

    public static implicit operator LogFormat(string value) => FindValue(value);
}

public class LogType(string value) : ConstantClass(value)
{
    public static readonly LogType None = new("None");
    public static readonly LogType Tail = new("Tail");

    public static LogType FindValue(string value) => FindValue<LogType>(value);

    public static implicit operator LogType(string value) => FindValue(value);
}
