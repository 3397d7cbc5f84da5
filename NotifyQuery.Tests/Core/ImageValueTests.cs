using NotifyQuery.Core.Projection;

namespace NotifyQuery.Tests.Core;

/// <summary>What the DynamoDB types of an attribute say about its value.</summary>
public sealed class ImageValueTests
{
    [Fact]
    public void A_text_is_its_value() => Assert.Equal(new("20% off \U0001F600", null), ImageValue.Of(["S"], "20% off \U0001F600"));

    [Fact]
    public void A_text_that_is_no_Unicode_text_cannot_be_read()
    {
        Assert.Equal(ImageValue.NotUnicode, ImageValue.Of(["S"], "half a pair: \ud83d"));
        Assert.Equal("is not Unicode text: it contains half of a surrogate pair", ImageValue.NotUnicode.Fault);
    }

    [Fact]
    public void Another_type_is_named_and_has_no_text() => Assert.Equal(new(null, "N"), ImageValue.Of(["N"], null));

    [Fact]
    public void The_type_of_a_text_without_the_text_is_no_value() => Assert.Equal(new(null, null), ImageValue.Of(["S"], null));

    [Fact]
    public void No_type_and_several_types_cannot_be_read_and_the_types_are_named()
    {
        Assert.Equal("has no value of a known type", ImageValue.Of([], null).Fault);
        Assert.Equal("has the types S and N: it must have exactly one", ImageValue.Of(["S", "N"], "x").Fault);
    }
}
