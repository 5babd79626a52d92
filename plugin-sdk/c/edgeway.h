/* Edgeway functions in C: one function to write, and a few to call from it.
 *
 * Not for what is behind it: bindings/event_function_plugin.h is wit-bindgen's C of the contract, and has
 * the key-value store as well.
 */
#ifndef EDGEWAY_H
#define EDGEWAY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What a call is about. Everything in it is freed when edgeway_handle returns. */
struct edgeway_event {
    /* JSON in UTF-8, for example API Gateway's proxy event; ends with a zero byte that is not counted. */
    const char *json;
    size_t length;
    const char *request_id;
    const char *function_name;
    const char *function_version;
    const char *invoked_function_arn;
    uint32_t memory_limit_in_mb;
    /* When the call is stopped: milliseconds since 1970-01-01T00:00:00Z. */
    uint64_t deadline;
};

/* The result of a call; it grows as it is written to. */
struct edgeway_answer;

/* To be written: handles one event. True: what was written to `answer` is the result, and has to be JSON.
 * False: the call failed, as edgeway_fail said. The function's environment is there with getenv; lines on
 * stdout and stderr are logged. */
bool edgeway_handle(const struct edgeway_event *event, struct edgeway_answer *answer);

/* Appends text, bytes, or text as a string of JSON, quoted and escaped. Out of memory ends the call. */
void edgeway_printf(struct edgeway_answer *answer, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
void edgeway_write(struct edgeway_answer *answer, const char *bytes, size_t length);
void edgeway_write_json_string(struct edgeway_answer *answer, const char *text);

/* Says why a call failed, with a type such as "OutOfStock"; returns false, for edgeway_handle to return. */
bool edgeway_fail(struct edgeway_answer *answer, const char *error_type, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

enum edgeway_level { EDGEWAY_TRACE, EDGEWAY_DEBUG, EDGEWAY_INFO, EDGEWAY_WARN, EDGEWAY_ERROR };

/* Writes to the gateway's log; at most 8 KiB of a message are kept. */
void edgeway_log(enum edgeway_level level, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

#endif
