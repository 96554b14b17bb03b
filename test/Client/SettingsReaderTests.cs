using System.Globalization;
using System.Net.Sockets;
using Microsoft.Extensions.Configuration;

namespace Kestrel.Streams.Tests;

public class SettingsReaderTests
{
    private readonly List<string> _faults = [];

    [Fact]
    public void Values_are_read_whatever_the_case_of_their_keys()
    {
        var settings = Reader("text=a b", "NUMBER=-3", "Half=0.5", "On=True", "Time=00:01:30.5", "Far=1.00:00:00", "Never=infinite", "Family=internetworkv6");
        Assert.Equal("a b", settings.Text("Text"));
        Assert.Equal(-3, settings.Int32("Number"));
        Assert.Equal(0.5, settings.Double("Half", 0.001, 1000));
        Assert.True(settings.Boolean("On"));
        Assert.Equal(TimeSpan.FromSeconds(90.5), settings.Timeout("Time"));
        Assert.Equal(TimeSpan.FromDays(1), settings.Duration("Far", TimeSpan.Zero, TimeSpan.MaxValue));
        Assert.Equal(Timeout.InfiniteTimeSpan, settings.Timeout("Never"));
        Assert.Equal(AddressFamily.InterNetworkV6, settings.Enum<AddressFamily>("Family"));
        settings.TellUnknownKeys();
        Assert.Empty(_faults);
    }

    [Fact]
    public void A_key_that_is_not_there_is_null_and_no_fault()
    {
        foreach (var settings in new[] { Reader(), new SettingsReader(null, "Streams:Clients:mail", _faults) })
        {
            Assert.Null(settings.Text("Text"));
            Assert.Null(settings.Int32("Number"));
            Assert.Null(settings.Double("Half", 0.001, 1000));
            Assert.Null(settings.Boolean("On"));
            Assert.Null(settings.Timeout("Time"));
            Assert.Null(settings.Duration("Far", TimeSpan.Zero, TimeSpan.MaxValue));
            Assert.Null(settings.Enum<AddressFamily>("Family"));
            Assert.Null(settings.Section("Tls").Text("CaFile"));
            Assert.False(settings.Section("Tls").IsThere);
            Assert.Empty(settings.Section("Endpoints").Sections());
            settings.TellUnknownKeys();
        }

        Assert.Empty(_faults);
    }

    [Theory]
    [InlineData("0")]
    [InlineData("101")]
    [InlineData("1.0")]
    [InlineData("1,000")]
    [InlineData(" 1")]
    [InlineData("0x1")]
    [InlineData("ten")]
    [InlineData("")]
    [InlineData("99999999999")]
    public void A_number_is_whole_and_within_its_bounds(string text)
    {
        Assert.Null(Reader($"Limit={text}").Int32("Limit", min: 1, max: 100));
        Assert.Equal([$"Streams:Clients:mail:Limit is '{text}': write a whole number from 1 to 100."], _faults);
    }

    [Theory]
    [InlineData("0")]
    [InlineData("-1")]
    [InlineData("NaN")]
    [InlineData("Infinity")]
    [InlineData("1,5")]
    [InlineData("much")]
    public void A_rate_is_within_bounds(string text)
    {
        Assert.Null(Reader($"Rate={text}").Double("Rate", min: 0.001, max: 1000));
        Assert.Equal([$"Streams:Clients:mail:Rate is '{text}': write a number from 0.001 to 1000, like 2.5."], _faults);
    }

    [Theory]
    [InlineData("30")]
    [InlineData("1:30")]
    [InlineData("30s")]
    [InlineData("00:00:00")]
    [InlineData("-00:00:01")]
    [InlineData("50.00:00:00")]
    [InlineData("00:61:00")]
    [InlineData("")]
    public void A_timeout_is_above_zero_and_what_a_timer_can_count(string text)
    {
        Assert.Null(Reader($"Time={text}").Timeout("Time"));
        Assert.Equal(
            [
                $"Streams:Clients:mail:Time is '{text}': write hours:minutes:seconds, like 00:00:30, above zero and at most 49 days "
                + "(49.00:00:00), or Infinite.",
            ],
            _faults);
    }

    [Theory]
    [InlineData("00:00:00.9")]
    [InlineData("00:00:11")]
    [InlineData("Infinite")]
    public void A_duration_is_within_its_bounds(string text)
    {
        Assert.Null(Reader($"Time={text}").Duration("Time", TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(10)));
        Assert.Equal(
            [$"Streams:Clients:mail:Time is '{text}': write hours:minutes:seconds, like 00:00:30, from 00:00:01 to 00:00:10."], _faults);
    }

    [Fact]
    public void A_name_is_one_of_those_allowed_and_no_number()
    {
        Assert.Null(Reader("Mode=1").Enum<StreamMode>("Mode"));
        Assert.Null(Reader("Mode=ReadWrite").Enum("Mode", StreamMode.Read, StreamMode.Write));
        Assert.Null(Reader("On=yes").Boolean("On"));
        Assert.Equal(
            [
                "Streams:Clients:mail:Mode is '1': write Read, Write or ReadWrite.",
                "Streams:Clients:mail:Mode is 'ReadWrite': write Read or Write.",
                "Streams:Clients:mail:On is 'yes': write true or false.",
            ],
            _faults);
    }

    [Fact]
    public void An_empty_text_is_a_fault()
    {
        Assert.Null(Reader("Url=").Text("Url"));
        Assert.Equal(["Streams:Clients:mail:Url is '': it is empty, write something or leave the key out."], _faults);
    }

    [Fact]
    public void A_section_where_a_value_belongs_and_a_value_where_a_section_belongs_are_faults()
    {
        var settings = Reader("Url:Host=localhost", "Tls=true");
        Assert.Null(settings.Text("Url"));
        Assert.Null(settings.Section("Tls").Text("CaFile"));
        settings.TellUnknownKeys();
        Assert.Equal(
            ["Streams:Clients:mail:Url has keys of its own: it must be a single value.", "Streams:Clients:mail:Tls is 'true': it must be a section with keys of its own."],
            _faults);
    }

    [Fact]
    public void A_key_that_nobody_asks_for_is_a_fault_that_tells_the_known_ones()
    {
        var settings = Reader("Url=a", "Limti=5", "Tls:CaFiel=b", "Tls:More:And:More=c");
        settings.Text("Url");
        settings.Int32("Limit");
        settings.Section("Tls").Text("CaFile");
        settings.TellUnknownKeys();
        Assert.Equal(
            [
                "Streams:Clients:mail:Limti is not known: write Limit, Tls or Url.",
                "Streams:Clients:mail:Tls:CaFiel is not known: write CaFile.",
                "Streams:Clients:mail:Tls:More is not known: write CaFile.",
            ],
            _faults);
    }

    [Fact]
    public void The_sections_of_a_dictionary_have_names()
    {
        var settings = Reader("Endpoints:inner:Url=a", "Endpoints:outer:Url=b", "Endpoints:wrong=c");
        var endpoints = settings.Section("Endpoints").Sections();
        Assert.Equal([("inner", "a"), ("outer", "b"), ("wrong", null)], endpoints.Select(endpoint => (endpoint.Name, endpoint.Text("Url"))));
        settings.TellUnknownKeys();
        Assert.Equal(["Streams:Clients:mail:Endpoints:wrong is 'c': it must be a section with keys of its own."], _faults);
    }

    [Fact]
    public void What_is_missing_and_what_comes_from_elsewhere_is_told_with_the_path()
    {
        var settings = Reader("Tls:KeyFile=a\nb");
        settings.Missing("Url", "write tcp://host:port");
        settings.Fault("Url", "it has no port", "tcp://localhost");
        settings.Section("Tls").Fault("KeyFile", "there is no such file");
        Assert.Equal(
            [
                "Streams:Clients:mail:Url is missing: write tcp://host:port.",
                "Streams:Clients:mail:Url is 'tcp://localhost': it has no port.",
                "Streams:Clients:mail:Tls:KeyFile is 'a\\u000Ab': there is no such file.",
            ],
            _faults);
    }

    [Fact]
    public void The_culture_does_not_matter()
    {
        var before = CultureInfo.CurrentCulture;
        CultureInfo.CurrentCulture = new CultureInfo("", useUserOverride: false) { NumberFormat = { NumberDecimalSeparator = ",", NegativeSign = "~" } };
        try
        {
            var settings = Reader("Half=0.5", "Number=-3", "Time=00:00:01.5");
            Assert.Equal(0.5, settings.Double("Half", 0.001, 1000));
            Assert.Equal(-3, settings.Int32("Number"));
            Assert.Equal(TimeSpan.FromSeconds(1.5), settings.Timeout("Time"));
            Assert.Empty(_faults);
        }
        finally
        {
            CultureInfo.CurrentCulture = before;
        }
    }

    private SettingsReader Reader(params string[] settings)
    {
        var values = settings.Select(setting => setting.Split('=', 2)).Select(pair => KeyValuePair.Create($"Streams:Clients:mail:{pair[0]}", (string?)pair[1]));
        return new(new ConfigurationBuilder().AddInMemoryCollection(values).Build(), "Streams:Clients:mail", _faults);
    }
}
