namespace NotifyQuery.Tests.Distributed;

/// <summary>Texts so long that they reach a limit.</summary>
internal static class LongText
{
    public static string Repeat(string text, int times) => string.Concat(Enumerable.Repeat(text, times));
}
