using System.Net;

namespace Kestrel.Streams.Tests;

public class AddressOrderTests
{
    [Theory]
    [InlineData("6a 6b 6c 4a 4b", 1, "6a 4a 6b 4b 6c")]
    [InlineData("4a 4b 6a 6b 6c", 1, "4a 6a 4b 6b 6c")]
    [InlineData("6a 4a 6b 4b", 1, "6a 4a 6b 4b")]
    [InlineData("4a 4b 4c", 1, "4a 4b 4c")]
    [InlineData("6a", 1, "6a")]
    [InlineData("", 1, "")]
    public void The_families_take_turns(string addresses, int count, string order) => AssertOrder(addresses, count, order);

    [Theory]
    [InlineData("6a 6b 6c 4a 4b 4c", 2, "6a 6b 4a 6c 4b 4c")]
    [InlineData("6a 4a 4b 6b 6c 6d", 3, "6a 6b 6c 4a 6d 4b")]
    [InlineData("6a 6b 4a", 9, "6a 6b 4a")]
    [InlineData("6a 6b 4a", int.MaxValue, "6a 6b 4a")]
    public void The_first_family_may_have_more_addresses_in_front(string addresses, int count, string order) =>
        AssertOrder(addresses, count, order);

    [Theory]
    [InlineData("6a 6b 4a 4b 6c")]
    [InlineData("4b 4a 6a")]
    public void Zero_is_the_order_of_the_resolver(string addresses) => AssertOrder(addresses, 0, addresses);

    private static void AssertOrder(string addresses, int count, string order) =>
        Assert.Equal(Parse(order), AddressOrder.Interleave(Parse(addresses), count));

    // "4a" is an IPv4 address, "6a" an IPv6 one.
    private static IPAddress[] Parse(string names) =>
        [.. names.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(name => IPAddress.Parse((name[0] == '4' ? "192.0.2." : "2001:db8::") + (name[1] - 'a' + 1)))];
}
