namespace Slipway.Quickstart;

/// <summary>The guess to beat: the share of late flights at that airport in that hour of the day, as counted in the training rows.</summary>
public static class HourByOrigin
{
    private const double PriorFlights = 20;      // an hour with few flights leans on the whole country's rate

    /// <summary>Predicts all rows from <paramref name="start"/> on by what was counted before it.</summary>
    public static double[] Predict(Flights flights, int start)
    {
        var flown = new int[flights.Airports.Count, 24];
        var late = new int[flights.Airports.Count, 24];
        double all = 0;
        for (var i = 0; i < start; i++)
        {
            flown[flights.Origin[i], Hour(i)]++;
            if (!flights.Late(i)) continue;
            late[flights.Origin[i], Hour(i)]++;
            all++;
        }
        var probabilities = new double[flights.Count - start];
        for (var i = 0; i < probabilities.Length; i++)
        {
            var (origin, hour) = (flights.Origin[start + i], Hour(start + i));
            probabilities[i] = (late[origin, hour] + PriorFlights * all / start) / (flown[origin, hour] + PriorFlights);
        }
        return probabilities;

        int Hour(int flight) => flights.Departure[flight] / 60 % 24;
    }
}
