using NotifyQuery.AppHost;

namespace NotifyQuery.Tests.Hosting;

public sealed class CommandArgumentTests
{
    [Theory]
    [InlineData("0.1", null)]
    [InlineData("3600", null)]
    [InlineData("0", "within is '0': it must be a number from 0.1 to 3600.")]
    [InlineData("3600.5", "within is '3600.5': it must be a number from 0.1 to 3600.")]
    [InlineData("fast", "within is 'fast': it must be a number from 0.1 to 3600.")]
    [InlineData("NaN", "within is 'NaN': it must be a number from 0.1 to 3600.")]
    public void A_number_outside_its_limits_is_named_with_them(string value, string? problem) =>
        Assert.Equal(problem, CommandArgument.Number("within", "Within", "Seconds.", 0.1, 3600).ProblemWith(value));

    [Theory]
    [InlineData("1", null)]
    [InlineData("1000", null)]
    [InlineData("1.5", "count is '1.5': it must be a whole number from 1 to 1000.")]
    [InlineData("0", "count is '0': it must be a whole number from 1 to 1000.")]
    [InlineData("1001", "count is '1001': it must be a whole number from 1 to 1000.")]
    public void A_whole_number_is_whole_and_within_its_limits(string value, string? problem) =>
        Assert.Equal(problem, CommandArgument.WholeNumber("count", "Count", "Writes.", 1, 1000).ProblemWith(value));

    [Theory]
    [InlineData("true", null)]
    [InlineData("no", "repair is 'no': it must be true or false.")]
    public void A_switch_is_on_or_off(string value, string? problem) =>
        Assert.Equal(problem, CommandArgument.Switch("repair", "Repair", "Repairs.").ProblemWith(value));
}
