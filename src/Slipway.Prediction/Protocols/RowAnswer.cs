namespace Slipway.Prediction.Protocols;

/// <summary>Outputs as a list with an element for each row: a value where there is one output, a record where there are several.</summary>
internal static class RowAnswer
{
    /// <summary>Writes the list.</summary>
    public static void List(Exchange exchange, AnswerBuffer answer)
    {
        JsonAnswer.Raw(answer, "["u8);
        var rows = Rows(exchange);
        for (var row = 0L; row < rows; row++)
        {
            if (row > 0) JsonAnswer.Raw(answer, ","u8);
            One(exchange, answer, row);
        }
        JsonAnswer.Raw(answer, "]"u8);
    }

    /// <summary>Rows of the answer: those of the first output.</summary>
    public static long Rows(Exchange exchange) => exchange.Call.Outputs.Count == 0 ? 0 : exchange.Call.Outputs[0].Rows;

    /// <summary>One row.</summary>
    public static void One(Exchange exchange, AnswerBuffer answer, long row)
    {
        var outputs = exchange.Call.Outputs;
        if (outputs.Count == 1)
        {
            JsonAnswer.Row(answer, ref outputs[0], row);
            return;
        }
        JsonAnswer.Raw(answer, "{"u8);
        for (var i = 0; i < outputs.Count; i++)
        {
            if (i > 0) JsonAnswer.Raw(answer, ","u8);
            JsonAnswer.Text(answer, exchange.Model.Runtime.Outputs[outputs[i].Port].Utf8Name);
            JsonAnswer.Raw(answer, ":"u8);
            // An output that does not count rows belongs to each of them.
            if (row < outputs[i].Rows && outputs[i].Rank > 0) JsonAnswer.Row(answer, ref outputs[i], row);
            else JsonAnswer.Whole(answer, ref outputs[i]);
        }
        JsonAnswer.Raw(answer, "}"u8);
    }

    /// <summary>All outputs as whole tensors: the only one bare, several by name.</summary>
    public static void Whole(Exchange exchange, AnswerBuffer answer)
    {
        var outputs = exchange.Call.Outputs;
        if (outputs.Count == 1)
        {
            JsonAnswer.Whole(answer, ref outputs[0]);
            return;
        }
        JsonAnswer.Raw(answer, "{"u8);
        for (var i = 0; i < outputs.Count; i++)
        {
            if (i > 0) JsonAnswer.Raw(answer, ","u8);
            JsonAnswer.Text(answer, exchange.Model.Runtime.Outputs[outputs[i].Port].Utf8Name);
            JsonAnswer.Raw(answer, ":"u8);
            JsonAnswer.Whole(answer, ref outputs[i]);
        }
        JsonAnswer.Raw(answer, "}"u8);
    }
}
