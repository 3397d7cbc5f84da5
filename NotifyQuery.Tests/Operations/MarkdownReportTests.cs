using NotifyQuery.Operations.Reports;

namespace NotifyQuery.Tests.Operations;

public sealed class MarkdownReportTests
{
    [Fact]
    public void Sentences_and_tables_are_parted_by_blank_lines_and_a_table_without_rows_is_left_out()
    {
        var report = new OperationReport(
            "All is well.",
            [
                new ReportSentence("command-records has 2 items."),
                new ReportTable(["finding"], []),
                new ReportTable(
                    ["field", "check"],
                    [
                        ["user_id", "ok"],
                        ["status", "FAILED"],
                    ]
                ),
                new ReportSentence("All is well."),
            ]
        );

        Assert.Equal(
            "command-records has 2 items.\n\n| field | check |\n| --- | --- |\n| user_id | ok |\n| status | FAILED |\n\nAll is well.\n",
            report.ToMarkdown()
        );
    }

    [Theory]
    [InlineData("a|b", @"a\|b")]
    [InlineData("one\ntwo\r\nthree", "one two three")]
    [InlineData("<script>alert(1)</script>", @"\<script\>alert(1)\</script\>")]
    [InlineData("[text](http://elsewhere)", @"\[text\](http://elsewhere)")]
    [InlineData("*bold* _so_ `code` ~no~ &amp; \\", @"\*bold\* \_so\_ \`code\` \~no\~ \&amp; \\")]
    [InlineData("transaction_id", "transaction_id")]
    [InlineData("# heading", @"\# heading")]
    [InlineData("", "")]
    public void A_text_is_shown_literally_and_never_interpreted_as_markup(string text, string markdown)
    {
        Assert.Equal(markdown + "\n", new OperationReport(text).ToMarkdown());
        Assert.EndsWith(
            $"\n| {markdown} |\n",
            new OperationReport(
                "",
                [
                    new ReportTable(
                        ["id"],
                        [
                            [text],
                        ]
                    ),
                ]
            ).ToMarkdown(),
            StringComparison.Ordinal
        );
    }
}
