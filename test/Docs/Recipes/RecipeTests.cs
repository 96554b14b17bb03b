namespace Kestrel.Streams.Tests;

/// <summary>A stranger's path: each page of the cookbook and of the migration notes, followed to the letter in a temporary folder.</summary>
public class RecipeTests
{
    public static TheoryData<string> AllRecipes => [.. Pages.Recipes];

    [Theory]
    [MemberData(nameof(AllRecipes))]
    public async Task A_page_leads_to_what_it_shows(string page)
    {
        using var dotnet = new QuickDotnet();
        await using var reader = new RecipeReader(dotnet);
        await reader.FollowAsync(Recipe.Of(page));
    }
}
