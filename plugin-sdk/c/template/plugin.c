/* What a route calls, as with AWS Lambda. `event->json` is the proxy event of API Gateway (payload format
 * 1.0); to read more of it than this does, put a JSON parser such as cJSON beside this file. */

#include <edgeway.h>

bool edgeway_handle(const struct edgeway_event *event, struct edgeway_answer *answer) {
    edgeway_log(EDGEWAY_INFO, "an event of %zu bytes for %s", event->length, event->request_id);
    edgeway_printf(answer, "{\"statusCode\":200,\"headers\":{\"content-type\":\"application/json\"},\"body\":");
    edgeway_write_json_string(answer, "{\"message\":\"Hello from my-plugin!\"}");
    edgeway_printf(answer, "}");
    return true;
}
