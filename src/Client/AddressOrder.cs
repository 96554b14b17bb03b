using System.Net;

namespace Kestrel.Streams;

/// <summary>In which order the addresses of a host are tried: RFC 8305, section 4.</summary>
internal static class AddressOrder
{
    /// <summary>
    /// Takes turns between IPv4 and IPv6, so that a family that does not work costs one attempt and not one for each of its addresses.
    /// Within a family the order stays.
    /// </summary>
    /// <param name="addresses">The addresses, as the resolver sorted them; the family of the first one goes first.</param>
    /// <param name="firstFamilyCount">How many of that family come before the first of the other one; 0 leaves all as it is.</param>
    public static IEnumerable<IPAddress> Interleave(IEnumerable<IPAddress> addresses, int firstFamilyCount) =>
        firstFamilyCount == 0
            ? addresses
            : addresses
                .GroupBy(address => address.AddressFamily)
                .SelectMany((family, rank) => family.Select(
                    (address, index) => (Address: address, Turn: rank == 0 ? Math.Max(0, index - firstFamilyCount + 1) : index)))
                .OrderBy(entry => entry.Turn) // stable: within a turn the first family goes first
                .Select(entry => entry.Address);
}
