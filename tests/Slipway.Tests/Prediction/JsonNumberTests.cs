using System.Globalization;
using System.Text;
using System.Text.Json;
using Slipway.Prediction.Json;

namespace Slipway.Tests.Prediction;

public sealed unsafe class JsonNumberTests
{
    private static (double Value, int Used) Read(string text)
    {
        var bytes = new byte[Encoding.UTF8.GetByteCount(text) + 16];
        Encoding.UTF8.GetBytes(text, bytes);
        fixed (byte* at = bytes)
        {
            var end = JsonNumber.Double(at, out var value);
            return (value, end == null ? -1 : (int)(end - at));
        }
    }

    private static void Same(string text)
    {
        var (value, used) = Read(text);
        var expected = double.Parse(text, CultureInfo.InvariantCulture);
        Assert.True(used == text.Length && BitConverter.DoubleToInt64Bits(expected) == BitConverter.DoubleToInt64Bits(value), $"{text}: expected {expected:R}, got {value:R} after {used} bytes");
    }

    [Fact]
    public void Numbers_are_bit_for_bit_those_of_the_framework()
    {
        var random = new Random(20260101);
        for (var i = 0; i < 300_000; i++)
        {
            var bits = BitConverter.Int64BitsToDouble(random.NextInt64(long.MinValue, long.MaxValue));
            if (double.IsFinite(bits)) Same(bits.ToString("R", CultureInfo.InvariantCulture));
            Same(random.NextDouble().ToString("R", CultureInfo.InvariantCulture));
            Same(((float)random.NextDouble() * 1000).ToString("R", CultureInfo.InvariantCulture));
            Same(random.NextInt64().ToString(CultureInfo.InvariantCulture) + "." + random.Next() + "e" + random.Next(-330, 310));
        }
    }

    [Fact]
    public void Halves_between_two_doubles_round_as_the_framework_does()
    {
        var random = new Random(7);
        for (var i = 0; i < 20_000; i++)
        {
            var value = Math.Abs(BitConverter.Int64BitsToDouble(random.NextInt64(0x3000000000000000, 0x4F00000000000000)));
            Same(Middle(value));
        }
    }

    // Exactly between a double and the next one: its mantissa and a half.
    private static string Middle(double value)
    {
        var bits = BitConverter.DoubleToInt64Bits(value);
        var twice = new System.Numerics.BigInteger((bits & ((1L << 52) - 1)) | (1L << 52)) * 2 + 1;
        var power = (int)(bits >> 52) - 1_076;
        return power >= 0 ? (twice << power).ToString(CultureInfo.InvariantCulture) : (twice * System.Numerics.BigInteger.Pow(5, -power)).ToString(CultureInfo.InvariantCulture) + "e" + power;
    }

    [Theory]
    [InlineData("0"), InlineData("-0"), InlineData("0.0"), InlineData("-0.0e5"), InlineData("1e22"), InlineData("1e23"), InlineData("9007199254740993"), InlineData("9007199254740992.5")]
    [InlineData("4.9e-324"), InlineData("2.4703282292062327e-324"), InlineData("2.2250738585072011e-308"), InlineData("1.7976931348623157e308"), InlineData("1.7976931348623159e308"), InlineData("1e-400"), InlineData("1e400"), InlineData("-1e400")]
    [InlineData("0.000000000000000000000000000000000000000000000000012345678901234567"), InlineData("123456789012345678901234567890"), InlineData("18446744073709551615"), InlineData("18446744073709551616")]
    [InlineData("8.5e-45"), InlineData("7.0064923216240862e-46"), InlineData("1e99999999999"), InlineData("0e99999999999"), InlineData("1e-99999999999"), InlineData("100000000000000016777215")]
    public void Odd_numbers_are_read_as_the_framework_does(string text) => Same(text);

    [Theory]
    [InlineData(""), InlineData("-"), InlineData("+1"), InlineData(".5"), InlineData("1."), InlineData("1.e3"), InlineData("1e"), InlineData("1e+"), InlineData("abc"), InlineData("-NaN"), InlineData("nan"), InlineData("Inf"), InlineData("\"1\""), InlineData("\"NaN"), InlineData("Infinit")]
    public void What_is_no_number_is_none(string text) => Assert.Equal(-1, Read(text).Used);

    [Theory]
    [InlineData("NaN", double.NaN), InlineData("Infinity", double.PositiveInfinity), InlineData("-Infinity", double.NegativeInfinity), InlineData("\"NaN\"", double.NaN), InlineData("\"-Infinity\"", double.NegativeInfinity)]
    public void Names_of_numbers_are_read_bare_and_in_quotes(string text, double expected) => Assert.Equal((expected, text.Length), Read(text));

    [Fact]
    public void A_number_ends_where_it_ends()
    {
        Assert.Equal((1.5, 3), Read("1.5,2"));
        Assert.Equal((0, 1), Read("01"));
        Assert.Equal((12345678.12345678, 17), Read("12345678.12345678]"));
    }

    [Fact]
    public void Floats_are_the_doubles_rounded_once_more()
    {
        var random = new Random(3);
        for (var i = 0; i < 100_000; i++)
        {
            var text = random.NextDouble().ToString("R", CultureInfo.InvariantCulture);
            var bytes = Encoding.UTF8.GetBytes(text + new string('\0', 16));
            fixed (byte* at = bytes)
            {
                float value;
                JsonElementReader.Read(at, &value);
                Assert.Equal((float)JsonDocument.Parse(text).RootElement.GetDouble(), value);
            }
        }
    }

    [Theory]
    [InlineData("9223372036854775807", true), InlineData("-9223372036854775808", true), InlineData("9223372036854775808", false), InlineData("-9223372036854775809", false), InlineData("99999999999999999999999", false)]
    [InlineData("1.0", false), InlineData("1e3", false), InlineData("-0", true), InlineData("007", false), InlineData("18446744073709551616", false)]
    public void Integers_fit_or_are_refused(string text, bool fits)
    {
        var bytes = Encoding.UTF8.GetBytes(text + new string('\0', 16));
        fixed (byte* at = bytes)
        {
            var end = JsonNumber.Long(at, out var value);
            Assert.Equal(fits, end != null && end - at == text.Length);
            if (fits) Assert.Equal(long.Parse(text, CultureInfo.InvariantCulture), value);
        }
    }

    [Fact]
    public void Small_types_refuse_what_they_cannot_hold()
    {
        var bytes = Encoding.UTF8.GetBytes("300" + new string('\0', 16));
        fixed (byte* at = bytes)
        {
            byte tiny;
            short small;
            Assert.True(JsonElementReader.Read(at, &tiny) == null);
            Assert.True(JsonElementReader.Read(at, &small) != null);
            Assert.Equal(300, small);
        }
    }

    [Fact]
    public void Brain_floats_round_to_even()
    {
        var random = new Random(5);
        for (var i = 0; i < 10_000; i++)
        {
            var value = (random.NextSingle() - 0.5f) * 1000;
            var near = Brain.Of(value).ToFloat();
            var step = Math.Abs(BitConverter.UInt32BitsToSingle(BitConverter.SingleToUInt32Bits(near) + 0x10000) - near);
            Assert.True(Math.Abs(near - value) <= step / 2);
        }
        Assert.True(float.IsNaN(Brain.Of(float.NaN).ToFloat()));
        Assert.Equal(float.PositiveInfinity, Brain.Of(float.MaxValue).ToFloat());
    }
}
