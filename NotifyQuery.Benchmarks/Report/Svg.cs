using System.Globalization;
using System.Security;
using System.Text;

namespace NotifyQuery.Benchmarks.Report;

/// <summary>What the charts share: an SVG that is readable on light and dark pages.</summary>
internal static class Svg
{
    /// <summary>A chart.</summary>
    /// <param name="title">What it shows.</param>
    /// <param name="unit">The unit of its figures.</param>
    /// <param name="size">Its width and height, in pixels.</param>
    /// <param name="left">Where its title starts, in pixels.</param>
    /// <param name="styles">The styles of its own shapes, on light and on dark pages.</param>
    /// <param name="body">Its shapes, a line each.</param>
    public static string Write(
        string title,
        string unit,
        (int Width, int Height) size,
        int left,
        (string Light, string Dark) styles,
        StringBuilder body
    )
    {
        var label = Escape(title);
        return string.Create(
            CultureInfo.InvariantCulture,
            $$"""
            <svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {{size.Width}} {{size.Height}}" width="{{size.Width}}" height="{{
                size.Height
            }}" role="img" aria-label="{{label}}">
              <style>
                text { font: 12px system-ui, sans-serif; fill: #1f2328 }
                .unit, .value { fill: #59636e; font-size: 11px }
                {{styles.Light}}
                @media (prefers-color-scheme: dark) {
                  text { fill: #e6edf3 } .unit, .value { fill: #9198a1 }
                  {{styles.Dark}}
                }
              </style>
              <text class="unit" x="{{left}}" y="14">{{label}} ({{Escape(unit)}})</text>
            {{body}}</svg>

            """
        );
    }

    public static void Text(StringBuilder svg, int x, int y, string kind, string anchor, string text) =>
        svg.Append(CultureInfo.InvariantCulture, $"""  <text class="{kind}" x="{x}" y="{y}" text-anchor="{anchor}">{Escape(text)}</text>""")
            .Append('\n');

    public static string Escape(string text) => SecurityElement.Escape(text);
}
