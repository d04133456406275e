using static Slipway.Right;

namespace Slipway.Webhooks;

/// <summary>The routes of webhooks: MLflow's, and the log of deliveries.</summary>
internal static class WebhooksApi
{
    /// <summary>Adds them.</summary>
    public static void Map(Routes routes, Webhooks webhooks, WebhookDeliveries deliveries)
    {
        Wire.Add(WebhooksJson.Default);
        var api = routes.Under("/api/2.0/mlflow", "/ajax-api/2.0/mlflow");
        api.Post<CreateWebhook, WebhookAnswer>("/webhooks", ManageModels, "Sets up a webhook.", webhooks.Create);
        api.Get<ListWebhooks, WebhooksPage>("/webhooks", ManageModels, "Lists the webhooks of the workspace.", webhooks.List);
        api.Get<WebhookRef, WebhookAnswer>("/webhooks/{webhook_id}", ManageModels, "Answers a webhook.", webhooks.Get);
        api.Patch<UpdateWebhook, WebhookAnswer>("/webhooks/{webhook_id}", ManageModels, "Changes a webhook.", webhooks.Update);
        api.Delete<WebhookRef, Done>("/webhooks/{webhook_id}", ManageModels, "Deletes a webhook.", webhooks.Delete);
        api.Post<TestWebhook, WebhookTested>("/webhooks/{webhook_id}/test", ManageModels, "Sends an example to a webhook, and says what came of it.", webhooks.Test);
        routes.Add<ListWebhookDeliveries, WebhookDeliveriesPage>("GET", "/api/slipway/v1/webhooks/{webhook_id}/deliveries", ManageModels, "Lists what was sent to a webhook, with answers.", deliveries.List);
        routes.Add<SendAgain, Done>("POST", "/api/slipway/v1/webhooks/{webhook_id}/deliveries/{delivery_id}/send-again", ManageModels, "Sends a delivery again.", deliveries.SendAgain);
    }
}
