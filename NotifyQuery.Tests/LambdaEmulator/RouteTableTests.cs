using System.Collections;
using NotifyQuery.LambdaEmulator.Gateway;

namespace NotifyQuery.Tests.LambdaEmulator;

public sealed class RouteTableTests
{
    private static readonly Uri Emulator = new("http://localhost:5050");

    [Theory]
    [InlineData("GET /a", "GET", "/a", true)]
    [InlineData("GET /a", "get", "/a", true)]
    [InlineData("GET /a", "POST", "/a", false)]
    [InlineData("ANY /a", "PATCH", "/a", true)]
    [InlineData("GET /a", "GET", "/A", false)]
    [InlineData("GET /a", "GET", "/a/", false)]
    [InlineData("GET /a", "GET", "/a/b", false)]
    [InlineData("GET /a", "GET", "/%61", true)]
    [InlineData("GET /a/{id}", "GET", "/a/1", true)]
    [InlineData("GET /a/{id}", "GET", "/a/", false)]
    [InlineData("GET /a/{id}", "GET", "/a/1/2", false)]
    [InlineData("GET /a/{id}", "GET", "/a/1%2F2", true)]
    [InlineData("GET /{proxy+}", "GET", "/", true)]
    [InlineData("GET /{proxy+}", "GET", "/a/b/c", true)]
    [InlineData("GET /a/{proxy+}", "GET", "/a", false)]
    [InlineData("GET /a/{proxy+}", "GET", "/a/", true)]
    [InlineData("GET /", "GET", "/", true)]
    [InlineData("GET /", "GET", "/a", false)]
    public void A_route_matches_by_method_and_segments(string route, string method, string path, bool matches)
    {
        var table = new RouteTable([Parse(route)]);

        Assert.Equal(matches, table.Find(method, path) is not null);
    }

    [Theory]
    [InlineData("/a/b", "GET /a/b")]
    [InlineData("/a/x", "GET /a/{id}")]
    [InlineData("/x/b", "GET /{id}/b")]
    [InlineData("/x/y", "ANY /{proxy+}")]
    [InlineData("/a/x/y", "GET /a/{rest+}")]
    [InlineData("/both", "GET /both")]
    public void The_most_specific_route_wins_whatever_the_order(string path, string expected)
    {
        Route[] routes =
        [
            Parse("ANY /{proxy+}"),
            Parse("GET /a/{rest+}"),
            Parse("GET /a/{id}"),
            Parse("GET /{id}/b"),
            Parse("GET /a/b"),
            Parse("ANY /both"),
            Parse("GET /both"),
        ];

        Assert.Equal(expected, new RouteTable(routes).Find("GET", path)?.Route.Key);
        Assert.Equal(expected, new RouteTable(routes.AsEnumerable().Reverse()).Find("GET", path)?.Route.Key);
    }

    [Fact]
    public void Variables_come_out_decoded_and_a_greedy_one_keeps_its_slashes()
    {
        var table = new RouteTable([Parse("GET /users/{user:id}/{rest+}")]);

        var variables = table.Find("GET", "/users/Zo%C3%AB%20K/a/b%2Fc/")?.Variables;

        Assert.Equal(new() { ["user:id"] = "Zoë K", ["rest"] = "a/b/c/" }, variables);
    }

    [Fact]
    public void Routes_are_read_from_the_environment_one_or_many_a_variable()
    {
        using var complaints = new StringWriter();
        var table = RouteTable.FromEnvironment(
            new Hashtable
            {
                ["APIGATEWAY_EMULATOR_ROUTE_CONFIG"] = """{"LambdaResourceName":"One","HttpMethod":"Get","Path":"/one"}""",
                ["APIGATEWAY_EMULATOR_ROUTE_CONFIG_Many"] =
                    """[{"LambdaResourceName":"Two","HttpMethod":"Any","Path":"/two","Endpoint":"http://127.0.0.1:7"}"""
                    + """,{"LambdaResourceName":"Three","HttpMethod":"Post","Path":"/{id}"}]""",
                ["APIGATEWAY_EMULATOR_ROUTE_CONFIGURATION"] = "not one of ours",
            },
            Emulator,
            complaints
        );

        Assert.Equal(
            "http://localhost:5050/2015-03-31/functions/One/invocations",
            table.Find("GET", "/one")?.Route.InvokeAddress.ToString()
        );
        Assert.Equal("http://127.0.0.1:7/2015-03-31/functions/Two/invocations", table.Find("PUT", "/two")?.Route.InvokeAddress.ToString());
        Assert.Equal("Three", table.Find("POST", "/3")?.Route.Function);
        Assert.Equal("", complaints.ToString());
    }

    [Theory]
    [InlineData("""{"LambdaResourceName":"F","HttpMethod":"Get"}""", "Path is missing")]
    [InlineData("""{"lambdaResourceName":"F","HttpMethod":"Get","Path":"/a"}""", "LambdaResourceName is missing")]
    [InlineData("""{"LambdaResourceName":"F","HttpMethod":"Get","Path":"/a b"}""", "'a b'")]
    [InlineData("""{"LambdaResourceName":"F","HttpMethod":"Get","Path":"/{p+}/a"}""", "not its last segment")]
    [InlineData("""{"LambdaResourceName":"F","HttpMethod":"Get","Path":"/a","Endpoint":"nowhere"}""", "'nowhere'")]
    [InlineData("""["F"]""", "a route must be a JSON object")]
    [InlineData("{", "ignored")]
    public void A_variable_that_cannot_be_read_is_ignored_as_a_whole_and_named(string value, string why)
    {
        using var complaints = new StringWriter();

        var table = RouteTable.FromEnvironment(new Hashtable { ["APIGATEWAY_EMULATOR_ROUTE_CONFIG_F"] = value }, Emulator, complaints);

        Assert.Null(table.Find("GET", "/a"));
        Assert.StartsWith("APIGATEWAY_EMULATOR_ROUTE_CONFIG_F is ignored: ", complaints.ToString(), StringComparison.Ordinal);
        Assert.Contains(why, complaints.ToString(), StringComparison.Ordinal);
    }

    private static Route Parse(string key) => new("F", key.Split(' ')[0], key.Split(' ')[1], Emulator);
}
