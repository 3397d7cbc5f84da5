using NotifyQuery.Operations;
using NotifyQuery.Tools;

namespace NotifyQuery.Tests.Tools;

/// <summary>Which address is used when several are known.</summary>
public sealed class AddressesTests
{
    private static readonly SystemAddresses Nothing = new();
    private static readonly SystemAddresses Running = new()
    {
        Endpoint = "http://r:1",
        Gateway = "http://r:2",
        Handler = "http://r:3",
        EventSource = "http://r:4",
        RequestsAtOnce = 2,
    };
    private static readonly SystemAddresses OnAccount = Running with { Endpoint = null, EventSource = null };

    [Fact]
    public void Each_address_is_chosen_independently_from_the_option_the_AppHost_the_running_system_or_the_defaults()
    {
        var chosen = Addresses.Choose(
            new() { Gateway = "http://option:1" },
            new() { Endpoint = "http://apphost:1" },
            Running with
            {
                Handler = null,
            }
        );

        Assert.Equal(
            new()
            {
                Endpoint = "http://apphost:1",
                Gateway = "http://option:1",
                Handler = "http://127.0.0.1:8000",
                EventSource = "http://r:4",
                RequestsAtOnce = 2,
            },
            chosen
        );
    }

    [Fact]
    public void Without_other_information_the_addresses_are_the_AppHosts_defaults() =>
        Assert.Equal(
            new()
            {
                Endpoint = "http://127.0.0.1:4566",
                Gateway = "http://127.0.0.1:8080",
                Handler = "http://127.0.0.1:8000",
            },
            Addresses.Choose(Nothing, Nothing, null)
        );

    [Fact]
    public void For_an_account_no_address_of_a_system_with_its_own_engine_is_used() =>
        Assert.Equal(Nothing, Addresses.Choose(new() { Endpoint = "aws" }, new() { Endpoint = "http://apphost:1" }, Running));

    [Fact]
    public void For_an_account_the_API_of_a_system_that_runs_on_it_is_used() =>
        Assert.Equal(OnAccount, Addresses.Choose(new() { Endpoint = "aws" }, Nothing, OnAccount));

    [Fact]
    public void An_account_is_never_used_unless_it_is_given_explicitly() =>
        Assert.Equal("http://127.0.0.1:4566", Addresses.Choose(Nothing, Nothing, OnAccount).Endpoint);
}
