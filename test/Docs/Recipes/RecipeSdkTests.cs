namespace Kestrel.Streams.Tests;

/// <summary>
/// That <c>dotnet new</c>, <c>dotnet add package</c> and <c>dotnet run</c> do what <see cref="QuickDotnet"/> does in their place: one page, with
/// both packages, by the SDK. In a class of its own, which runs beside the others.
/// </summary>
public class RecipeSdkTests
{
    [Fact]
    public async Task A_page_leads_to_what_it_shows_with_the_SDK_and_our_packages()
    {
        await using var dotnet = new RealDotnet();
        await dotnet.PackAsync();
        await using var reader = new RecipeReader(dotnet);
        await reader.FollowAsync(Recipe.Of(Path.Combine("docs", "cookbook", "length-prefixed-frames.md")));
    }
}
