using System.Text;
using NotifyQuery.Core.Notifications;

namespace NotifyQuery.Tests.Core;

public sealed class UnicodeTextTests
{
    // No theory: a test's own arguments are passed on as Unicode.
    [Fact]
    public void Text_is_well_formed_when_every_surrogate_has_its_other_half()
    {
        Assert.All(["", "plain é 日", "\U0001F600", "a\U0001F600\U0010FFFFb\uFFFF"], text => Assert.True(UnicodeText.IsWellFormed(text)));
        Assert.All(
            ["\ud83d", "x\ud83dy", "x\ude00", "\ude00\ud83d", "\U0001F600\ud83d"],
            text => Assert.False(UnicodeText.IsWellFormed(text))
        );
    }

    [Fact]
    public void Texts_are_ordered_by_their_bytes_in_UTF_8_as_DynamoDB_orders_them()
    {
        string[] alphabet = ["", "a", "b", "é", "日", "\uD7FF", "\uE000", "\uFF61", "\uFFFF", "\U00010000", "\U0001F600", "\U0010FFFF"];
        var texts = alphabet.SelectMany(_ => alphabet, (one, other) => one + other).ToList();
        foreach (var one in texts)
        {
            foreach (var other in texts)
            {
                var bytes = Encoding.UTF8.GetBytes(one).AsSpan().SequenceCompareTo(Encoding.UTF8.GetBytes(other));
                Assert.Equal(Math.Sign(bytes), Math.Sign(UnicodeText.CompareBytes(one, other)));
            }
        }
    }

    [Theory]
    [InlineData("abc", 3, "abc")]
    [InlineData("abcd", 3, "abc…")]
    [InlineData("ab\U0001F600d", 3, "ab…")] // the pair would be cut in two
    [InlineData("ab\U0001F600d", 4, "ab\U0001F600…")]
    public void Text_is_cut_between_two_characters(string text, int length, string expected) =>
        Assert.Equal(expected, UnicodeText.Shorten(text, length));

    [Fact]
    public void What_would_steer_a_terminal_and_what_is_no_text_is_shown_as_an_escape() =>
        Assert.Equal("a\\u001b[2J\\u0000 \U0001F600 \\ud83d!", UnicodeText.Printable("a\u001b[2J\0 \U0001F600 \ud83d!"));

    [Theory]
    [InlineData("status is 'LOST'", "status is 'LOST'")]
    [InlineData("Zoë 通知 \U0001F600", "Zoë 通知 \U0001F600")]
    [InlineData("\u001b[2J\u001b]0;title\u0007", "\\u001b[2J\\u001b]0;title\\u0007")] // clears the screen, sets the title
    [InlineData("a\u0008\u007fb", "a\\u0008\\u007fb")]
    [InlineData("\u009b31m", "\\u009b31m")] // an escape sequence in one character
    [InlineData("\u202egnp.exe", "\\u202egnp.exe")] // turns the direction of what follows
    [InlineData("\u2066a\u2069\u200f", "\\u2066a\\u2069\\u200f")]
    [InlineData("a\nattempts        0\u2028b", "a\\u000aattempts        0\\u2028b")] // would be another line
    [InlineData("\u061c\u200e\u2029\ufeff", "\\u061c\\u200e\\u2029\\ufeff")]
    [InlineData("\u202a\u202e\u2066\u2069", "\\u202a\\u202e\\u2066\\u2069")] // the ends of both ranges
    [InlineData("\u0007\u061b\u200d\u2010\u202f\u2065\u206a", "\\u0007\u061b\u200d\u2010\u202f\u2065\u206a")] // what is beside them
    public void What_a_terminal_would_obey_is_shown_as_its_code(string text, string shown) =>
        Assert.Equal(shown, UnicodeText.Printable(text));

    [Fact]
    public void Half_of_a_pair_is_shown_as_its_code_wherever_it_stands()
    {
        Assert.Equal("x\\udc00y", UnicodeText.Printable("x\udc00y"));
        Assert.Equal("x\\ud83d", UnicodeText.Printable("x\ud83d"));
        Assert.Equal("\\udc00\\ud83d", UnicodeText.Printable("\udc00\ud83d"));
    }
}
