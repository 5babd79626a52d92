/* What a function may do, by the last part of the path. */

#include <edgeway.h>
#include <stdlib.h>
#include <string.h>

static bool is(const struct edgeway_event *event, const char *path) {
    return strstr(event->json, path) != NULL;
}

bool edgeway_handle(const struct edgeway_event *event, struct edgeway_answer *answer) {
    char text[64] = "logged";
    if (is(event, "\"path\":\"/throw\"")) {
        return edgeway_fail(answer, "OutOfStock", "no %s", "socks");
    }
    if (is(event, "\"path\":\"/log\"")) {
        edgeway_log(EDGEWAY_WARN, "low on %s: %d", "socks", 3);
    }
    if (is(event, "\"path\":\"/answer\"")) {
        const char *table = getenv("TABLE");
        strcpy(text, table ? table : "none");
        strcat(text, " of \"");
        strcat(text, event->function_name);
        strcat(text, "\"");
    }
    edgeway_printf(answer, "{\"statusCode\":200,\"body\":");
    edgeway_write_json_string(answer, text);
    edgeway_printf(answer, "}");
    return true;
}
