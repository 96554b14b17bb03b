namespace Kestrel.Streams.Tests;

public class TestLinkTests
{
    [Fact]
    public void A_test_that_is_not_there_is_noticed()
    {
        const string here = "../test/Docs/TestLinkTests.cs";
        Assert.Null(TestLink.WhyNoTest(nameof(TestLinkTests), nameof(A_test_that_is_not_there_is_noticed), here));
        Assert.NotNull(TestLink.WhyNoTest(nameof(TestLinkTests), "No_such_test", here));
        Assert.NotNull(TestLink.WhyNoTest(nameof(TestLinkTests), nameof(NoTest), here));
        Assert.NotNull(TestLink.WhyNoTest("OtherTests", nameof(A_test_that_is_not_there_is_noticed), here));
        Assert.NotNull(TestLink.WhyNoTest(nameof(TestLinkTests), nameof(A_test_that_is_not_there_is_noticed), "../test/Docs/Missing.cs"));
    }

    private static void NoTest() => Assert.Fail("It is none.");
}
