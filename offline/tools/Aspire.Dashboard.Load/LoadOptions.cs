using System.Globalization;

namespace Aspire.Dashboard.Load;

/// <summary>What is sent, and whereto.</summary>
internal sealed record LoadOptions
{
    public const string Usage = """
        Sends spans to a dashboard at an even rate, and says what that cost it.

          --spans-per-second N   5000 unless it is given
          --seconds N            60 unless it is given
          --endpoint URL         OTLP over HTTP of a running dashboard; without it one is started for the time
          --api-key KEY          its x-otlp-api-key
          --pid N                its process, whose CPU and memory are measured
        """;

    public int SpansPerSecond { get; private init; } = 5_000;

    public int Seconds { get; private init; } = 60;

    public Uri? Endpoint { get; private init; }

    public string? ApiKey { get; private init; }

    public int? ProcessId { get; private init; }

    /// <summary>Null when the arguments make no sense.</summary>
    public static LoadOptions? Parse(string[] args)
    {
        var options = new LoadOptions();
        for (var i = 0; i < args.Length; i += 2)
        {
            var value = i + 1 < args.Length ? args[i + 1] : "";
            var number = int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out var parsed) && parsed > 0 ? parsed : (int?)null;
            var next = args[i] switch
            {
                "--spans-per-second" when number is { } rate => options with { SpansPerSecond = rate },
                "--seconds" when number is { } seconds => options with { Seconds = seconds },
                "--endpoint" when Uri.TryCreate(value, UriKind.Absolute, out var endpoint) => options with { Endpoint = endpoint },
                "--api-key" when value.Length > 0 => options with { ApiKey = value },
                "--pid" when number is { } id => options with { ProcessId = id },
                _ => null,
            };
            if (next is null)
                return null;
            options = next;
        }

        return options;
    }
}
