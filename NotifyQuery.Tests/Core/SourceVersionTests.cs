using System.Globalization;
using System.Numerics;
using NotifyQuery.Core.Projection;

namespace NotifyQuery.Tests.Core;

public sealed class SourceVersionTests
{
    [Fact]
    public void Sequence_numbers_of_any_number_of_digits_compare_like_numbers()
    {
        var random = new Random(1);
        for (var i = 0; i < 2000; i++)
        {
            var (left, right) = (Digits(random.Next(1, 65)), Digits(random.Next(1, 65)));
            var expected = BigInteger.Parse(left, CultureInfo.InvariantCulture).CompareTo(BigInteger.Parse(right, CultureInfo.InvariantCulture));

            var (a, b) = (Parse(left), Parse(right));

            Assert.Equal(Math.Sign(expected), Math.Sign(a.CompareTo(b)));
            Assert.Equal(Math.Sign(expected), Math.Sign(string.CompareOrdinal(a.Digits, b.Digits))); // as the table compares them
            Assert.Equal(expected < 0, a < b);
            Assert.Equal(expected > 0, a > b);
            Assert.Equal(expected <= 0, a <= b);
            Assert.Equal(expected >= 0, a >= b);
            Assert.Equal(expected == 0, a == b);
        }

        string Digits(int count) => string.Concat(Enumerable.Range(0, count).Select(_ => (char)('0' + random.Next(10))));
    }

    [Fact]
    public void A_version_has_64_digits_however_long_the_sequence_number_is()
    {
        Assert.Equal("0000000000000000000000000000000000000000004421584500000000017450", Parse("4421584500000000017450").Digits);
        Assert.Equal(new string('9', 64), Parse(new string('9', 64)).Digits);
        Assert.Equal(new string('0', 64), default(SourceVersion).Digits);
    }

    [Fact]
    public void Leading_zeros_do_not_make_another_version()
    {
        Assert.Equal(Parse("17"), Parse("000000000000000000017"));
        Assert.Equal(Parse("17").GetHashCode(), Parse("000000000000000000017").GetHashCode());
        Assert.Equal(default, Parse("0"));
        Assert.Equal(default(SourceVersion).GetHashCode(), Parse("0").GetHashCode());
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("-1")]
    [InlineData("12a")]
    [InlineData(" 12")]
    [InlineData("١٢")] // digits, but not these
    [InlineData("12345678901234567890123456789012345678901234567890123456789012345")] // 65
    public void What_is_not_1_to_64_decimal_digits_is_no_version(string? text) => Assert.False(SourceVersion.TryParse(text, out _));

    private static SourceVersion Parse(string sequenceNumber)
    {
        Assert.True(SourceVersion.TryParse(sequenceNumber, out var version));
        return version;
    }
}
